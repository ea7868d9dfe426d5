import { WebSocket } from 'ws';
import type { Platform } from '../platform';
import { LocalError } from '../servers/errors';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookie: string | undefined;
}

/** Longest time after which a session that was ended may still be good for something. */
const PATIENCE_MS = 5_000;

/**
 * Two sign-ins of a user: one stays signed in by its cookie, is listed, and is ended from the other; then its tokens, its WebSocket and its cookie
 * are good for nothing, while the other one goes on.
 *
 * @throws LocalError naming what was otherwise
 */
export async function endedSession(platform: Platform): Promise<void> {
  const { baseUrl, wsUrl } = platform.describe();
  const user = platform.users.find(({ role }) => role === 'trader');
  if (!user) throw new LocalError('The assembly has no user pool.');
  const ask = async (method: string, path: string, options: { body?: object; token?: string; cookie?: string } = {}): Promise<Answer> => {
    const { body, token, cookie } = options;
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...body === undefined ? {} : { 'content-type': 'application/json' }, ...token === undefined ? {} : { authorization: `Bearer ${token}` },
        ...cookie === undefined ? {} : { cookie },
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    // The load balancer sets cookies too.
    const cookies = response.headers.getSetCookie().map((one) => one.split(';')[0]);
    return { status: response.status, body: await response.json() as Answer['body'], cookie: cookies.find((one) => one.startsWith('refresh=')) };
  };
  const expect = (what: string, { status, body }: Answer, wanted: number): void => {
    if (status !== wanted) throw new LocalError(`${what}: the API answered ${status} ${String(body.code ?? '')}, not ${wanted}.`);
  };
  const { username, password } = user;
  const phone = await ask('POST', '/v1/sessions', { body: { username, password, remember: true } });
  const laptop = await ask('POST', '/v1/sessions', { body: { username, password } });
  const token = String(laptop.body.accessToken);
  if (phone.cookie === undefined) throw new LocalError('Who asked to stay signed in got no cookie.');
  const refreshed = await ask('POST', '/v1/sessions/refresh', { body: {}, cookie: phone.cookie });
  expect('a refresh', refreshed, 200);
  const other = String(refreshed.body.accessToken);
  const id = await own(() => ask('GET', '/v1/sessions', { token: other }));
  const socket = await connected(wsUrl, other);
  expect('the end of a session', await ask('DELETE', `/v1/sessions/${id}`, { token }), 200);
  const code = await socket.end;
  if (code !== 4401) throw new LocalError(`The WebSocket of a session that is over was closed with ${code}, not 4401.`);
  // Whichever task it comes to.
  for (let round = 0; round < 6; round++) expect('a request of a session that is over', await ask('GET', '/v1/portfolio', { token: other }), 401);
  expect('its first token', await ask('GET', '/v1/portfolio', { token: String(phone.body.accessToken) }), 401);
  expect('a refresh of it', await ask('POST', '/v1/sessions/refresh', { body: {}, cookie: refreshed.cookie ?? phone.cookie }), 401);
  expect('the other session', await ask('GET', '/v1/portfolio', { token }), 200);
}

/** Id of the session that asks, once it is in the list. */
async function own(list: () => Promise<Answer>): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status, body } = await list();
    const found = (body.sessions as { id: string; current: boolean }[] | undefined)?.find(({ current }) => current);
    if (found) return found.id;
    if (Date.now() > deadline) throw new LocalError(`A session that is used is not among those of its user: ${status} ${String(body.code ?? '')}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Opens a WebSocket; its end is the code that it is closed with, 0 when it is not. */
async function connected(wsUrl: string, token: string): Promise<{ readonly end: Promise<number> }> {
  const socket = new WebSocket(wsUrl, { headers: { authorization: `Bearer ${token}` } });
  const end = new Promise<number>((resolve) => {
    const timer = setTimeout(() => {
      socket.terminate();
      resolve(0);
    }, 2 * PATIENCE_MS);
    socket.on('close', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { end };
}
