import type { Redis } from 'ioredis';
import { familyOf, signal } from './process-family';
import { type LocalProcess, LocalSystem } from './system';
import { DrillError, type Fault } from '../drill/fault';

/** What the faults of the local system have to work with. */
export interface LocalFaultOptions {
  readonly system: LocalSystem;
  /** Milliseconds that something is frozen, or away, before it is brought back. */
  readonly holdMs: number;
}

type Select = () => Promise<LocalProcess>;
const READY_LIMIT_MS = 60_000;

/** Ends a process at once, or asks it to end; the platform replaces it, as ECS and Lambda do. */
function ended(name: string, what: string, how: 'SIGKILL' | 'SIGTERM', select: Select, { system }: LocalFaultOptions): Fault {
  let target: LocalProcess | undefined;
  return {
    name,
    what,
    check: () => system.untilHealthy(READY_LIMIT_MS),
    inject: async () => {
      target = await select();
      if (system.platform.kill(target.pid, how) !== 1) throw new DrillError(`${target.name} (process ${target.pid}) is gone already`);
    },
    complete: () => Promise.resolve(system.processes().some((one) => one.name === target?.name && one.pid !== target.pid)),
    restore: () => system.untilHealthy(READY_LIMIT_MS),
    state: () => system.state(),
  };
}

/** Stops a process and its children where they stand and lets it go on later: a machine that hangs, a pause without end, a zombie that comes back. */
function frozen(name: string, what: string, select: Select, { system, holdMs }: LocalFaultOptions): Fault {
  let stopped: readonly number[] = [];
  let since = 0;
  return {
    name,
    what,
    check: () => system.untilHealthy(READY_LIMIT_MS),
    inject: async () => {
      const { pid } = await select();
      // The parent first, so that it starts no more of them; then all the others, as what hangs does not hang in parts.
      process.kill(pid, 'SIGSTOP');
      stopped = familyOf(pid);
      for (const one of stopped) signal(one, 'SIGSTOP');
      since = Date.now();
    },
    complete: () => Promise.resolve(Date.now() - since >= holdMs),
    restore: async () => {
      for (const one of [...stopped].reverse()) signal(one, 'SIGCONT');
      stopped = [];
      await system.untilHealthy(READY_LIMIT_MS);
    },
    state: () => system.state(),
  };
}

/** Takes a server away as `kill -9` does, and starts it again with the data that it left. */
function away(name: string, what: string, server: string, { system, holdMs }: LocalFaultOptions): Fault {
  let since = Infinity;
  return {
    name,
    what,
    check: () => system.untilHealthy(READY_LIMIT_MS),
    inject: async () => {
      await system.platform.killStore(server);
      since = Date.now();
    },
    complete: () => Promise.resolve(Date.now() - since >= holdMs),
    restore: async () => {
      await system.platform.startStore(server);
      await system.untilHealthy(READY_LIMIT_MS);
    },
    state: () => system.state(),
  };
}

/** Empties the cache, as a failover to a replica that had nothing would. */
function flushed(redis: Redis, { system }: LocalFaultOptions): Fault {
  let had: string[] = [];
  return {
    name: 'redis-flush',
    what: 'the cache loses all that it has',
    check: async () => {
      await system.untilHealthy(READY_LIMIT_MS);
      had = (await redis.keys('*')).filter((key) => /^(book|instruments)/.test(key));
      if (had.length === 0) throw new DrillError('redis-flush proves nothing: there is no book in the cache to lose');
    },
    inject: async () => { await redis.flushall(); },
    complete: async () => await redis.exists(...had) === had.length,
    restore: () => system.untilHealthy(READY_LIMIT_MS),
    state: () => system.state(),
  };
}

/** All that can be done to the local system, in the order of an order's way. */
export function localFaults(options: LocalFaultOptions): readonly Fault[] {
  const { system } = options;
  const api: Select = () => system.one('reference-api');
  const settlement: Select = () => system.one('settlement');
  const leader: Select = () => system.leader();
  const server = (name: string): Select => () => Promise.resolve(system.server(name));
  return [
    away('balancer-kill', 'the load balancer dies', 'load balancer', options),
    frozen('balancer-freeze', 'the load balancer hangs', server('load balancer'), options),
    ended('api-kill', 'an API process dies', 'SIGKILL', api, options),
    frozen('api-freeze', 'an API process hangs', api, options),
    ended('api-restart', 'an API process is replaced in order', 'SIGTERM', api, options),
    ended('matcher-kill', 'the matcher that leads dies', 'SIGKILL', leader, options),
    frozen('matcher-freeze', 'the matcher that leads hangs, and comes back when another one leads', leader, options),
    ended('matcher-restart', 'the matcher that leads is replaced in order', 'SIGTERM', leader, options),
    ended('settlement-kill', 'settlement dies', 'SIGKILL', settlement, options),
    frozen('settlement-freeze', 'settlement hangs', settlement, options),
    ended('settlement-restart', 'settlement is replaced in order', 'SIGTERM', settlement, options),
    away('postgres-kill', 'the ledger\'s server dies', 'PostgreSQL', options),
    frozen('postgres-freeze', 'the ledger\'s server hangs', server('PostgreSQL'), options),
    away('redis-kill', 'the cache dies', 'Redis', options),
    frozen('redis-freeze', 'the cache hangs', server('Redis'), options),
    flushed(system.redis, options),
  ];
}

/** @throws DrillError that lists the faults when one of these names is none */
export function chosenFaults(all: readonly Fault[], names: readonly string[] | undefined): readonly Fault[] {
  if (names === undefined) return all;
  const unknown = names.filter((name) => !all.some((fault) => fault.name === name));
  if (unknown.length > 0) throw new DrillError(`there is no fault ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  return all.filter(({ name }) => names.includes(name));
}
