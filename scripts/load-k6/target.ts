import { tokensOf } from '../lib/tokens';

/** The system that is put under load. */
export interface LoadTarget {
  readonly url: string;
  /** Access tokens of several users, who share the load: each has limits of his own. */
  readonly tokens: readonly string[];
  stop(): Promise<void>;
}

/** The one that the environment names, or an API that is started here, with limits that are no limits. */
export async function loadTarget(environment: NodeJS.ProcessEnv): Promise<LoadTarget> {
  const url = environment.API_URL?.replace(/\/$/, '');
  if (url !== undefined) {
    const tokens = await tokensOf(url, environment);
    if (tokens.length === 0) throw new Error('API_URL is set, so API_TOKENS (separated by commas) or API_USERS (name:password, one a line) must be set as well');
    return { url, tokens, stop: () => Promise.resolve() };
  }
  // Loaded when it is needed: a deployed system is asked without any of it.
  const { Harness } = await import('../../services/reference-api/testing/harness');
  const { allowances } = await import('../../services/reference-api/http/limits');
  const harness = await new Harness().start();
  const plenty = { points: 1_000_000, seconds: 10 };
  const unlimited = Object.entries(allowances(1_000)).map(([name, { user }]) => [name, { ...(user ? { user: plenty } : {}), address: plenty }]);
  const task = await harness.task({
    allowances: Object.fromEntries(unlimited) as ReturnType<typeof allowances>,
    stream: { maxConnectionsPerAccount: 10_000 },
  });
  const users = Array.from({ length: 4 }, (_, i) => `0c00000${i}-0000-4000-8000-00000000000c`);
  return { url: task.url, tokens: users.map((user) => harness.pool.token(user)), stop: () => harness.stop() };
}
