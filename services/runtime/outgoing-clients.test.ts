/** Whoever is asked by a service is asked with limits, and stands in docs/resilience.md: nothing reaches out that nobody thought about. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OutgoingClient, scan, sourcesOf } from './testing/outgoing-scan';

const root = join(__dirname, '../..');
const found = sourcesOf(root).map((path) => scan(root, path));
const unique = (keys: readonly string[]): string[] => [...new Set(keys)].sort();

/** `5 s × 3`, or nothing where the source does not say it. */
function limitsText({ limits }: OutgoingClient): string | undefined {
  const [ms, attempts] = (limits ?? '?/?').split('/');
  return [ms, attempts].includes('?') ? undefined : `${Number(ms) / 1_000} s × ${attempts}`;
}

interface Row {
  readonly file: string;
  readonly what: string;
  readonly limits: string;
}

/** The rows of the inventory: file, what it makes, how long and how often. */
const rows = readFileSync(join(root, 'docs/resilience.md'), 'utf8').split('\n')
  .map((line) => /^\| `(services\/[^`]+)` \| `(\w+)` \| ([^|]+) \|/.exec(line))
  .filter((match) => match !== null)
  .map(([, file, what, limits]): Row => ({ file, what, limits: limits.trim() }));

test('every client of a service is one that somebody has looked at', () => {
  expect(found.flatMap(({ faults }) => faults)).toEqual([]);
});

test('the inventory of docs/resilience.md has every client, and none that is gone', () => {
  const clients = found.flatMap((one) => one.clients);
  expect(clients.length).toBeGreaterThan(40);
  expect(unique(rows.map(({ file, what }) => `${file} ${what}`))).toEqual(unique(clients.map(({ file, what }) => `${file} ${what}`)));
});

test('the inventory says of clients of AWS how long and how often they ask, as the sources do', () => {
  const wrong = found.flatMap((one) => one.clients).flatMap((client) => {
    const limits = limitsText(client);
    const documented = rows.filter(({ file, what }) => file === client.file && what === client.what).map((row) => row.limits);
    return limits === undefined || documented.some((text) => text.includes(limits)) ? [] : [`${client.file} ${client.what}: ${limits}, not ${documented.join(', ')}`];
  });
  expect(wrong).toEqual([]);
});

describe('the scan sees', () => {
  const clientsOf = (text: string): string[] => scan(root, join(root, 'services/x/x.ts'), text).clients.map(({ what, limits }) => `${what}${limits === undefined ? '' : ` ${limits}`}`);
  const faultsOf = (text: string): readonly string[] => scan(root, join(root, 'services/x/x.ts'), text).faults;

  test.each([
    ['fetch', 'const a = await fetch("https://a");', 'fetch'],
    ['fetch of the global object', 'globalThis.fetch("https://a");', 'fetch'],
    ['a pool', "import { Pool } from 'pg'; new Pool({});", 'Pool'],
    ['a pool under another name', "import { Pool as P } from 'pg'; new P({});", 'P'],
    ['a pool of a namespace', "import * as pg from 'pg'; new pg.Pool();", 'Pool'],
    ['a cache', "import Redis from 'ioredis'; new Redis();", 'Redis'],
    ['a class above one', "import { Cluster } from 'ioredis'; class Mine extends Cluster {}", 'Cluster'],
    ['a request', "import { request } from 'node:https'; request('a');", 'request'],
    ['a request of a namespace', "import * as http from 'node:http'; http.request('a');", 'request'],
    ['a socket', "import WebSocket from 'ws'; new WebSocket('wss://a');", 'WebSocket'],
    ['a socket of the platform', "new WebSocket('wss://a');", 'WebSocket'],
    ['a client of AWS', "import { SQSClient } from '@aws-sdk/client-sqs'; new SQSClient(awsClientSettings(1_000, 2));", 'SQSClient 1000/2'],
    ['its defaults', "import { SQSClient } from '@aws-sdk/client-sqs'; new SQSClient({ ...awsClientSettings(), region });", 'SQSClient 5000/3'],
  ])('%s', (_, text, what) => {
    expect(clientsOf(text)).toEqual([what]);
    expect(faultsOf(text)).toEqual([]);
  });

  test('what is no call to anybody', () => {
    expect(clientsOf(`
      import type { Pool } from 'pg'; import { createServer } from 'node:http'; import { WebSocketServer } from 'ws'; import { Redis, type RedisOptions } from 'ioredis';
      import { SQSClient, SendMessageCommand, QueueDoesNotExist } from '@aws-sdk/client-sqs'; import { Pool as Words } from '../memory';
      // fetch('https://a')
      createServer(); new WebSocketServer({ port: 1 }); new Words(3); this.fetch('a'); cache.fetch(1); client.send(new SendMessageCommand({})); error instanceof QueueDoesNotExist;
    `)).toEqual([]);
  });

  test('a client of AWS without limits, and a package that nobody knows', () => {
    expect(faultsOf("import { SQSClient } from '@aws-sdk/client-sqs'; new SQSClient({ maxAttempts: 3 });")).toEqual([expect.stringContaining('without awsClientSettings')]);
    expect(faultsOf("import axios from 'axios';")).toEqual([expect.stringContaining('imports axios')]);
    expect(faultsOf("const { Pool } = await import('pg');")).toEqual([expect.stringContaining('imports a package while it runs')]);
  });
});
