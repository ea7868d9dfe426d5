/** What the façade's tests have in common. */
import { createHmac } from 'node:crypto';
import { type OrderUpdate, ordersChannel } from '../../../domain';
import { ALICE, call, type Harness, type Task, until } from '../../testing/harness';

export interface Key {
  readonly apiKey: string;
  readonly secret: string;
}

export interface FacadeAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Whatever the server said: each test names what it expects.
  readonly body: Record<string, unknown>;
}

/** A key of a user, made as users do. */
export async function newKey(task: Task, token: string, body: object = {}): Promise<Key & { readonly id: string }> {
  const answer = await call(task, 'POST', '/v1/api-keys', { token, body: { label: 'test', permissions: ['read', 'trade'], ...body } });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body as unknown as Key & { id: string };
}

export const sign = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('hex');

/** A request as it is sent; `query` and `form` go out letter by letter. */
export async function send(task: Task, method: string, path: string, options: {
  readonly query?: string; readonly form?: string; readonly apiKey?: string; readonly headers?: Record<string, string>;
} = {}): Promise<FacadeAnswer> {
  const { query, form, apiKey, headers } = options;
  const response = await fetch(`${task.url}/api/v3${path}${query ? `?${query}` : ''}`, {
    method, body: form,
    headers: { ...apiKey ? { 'x-mbx-apikey': apiKey } : {}, ...form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }, ...headers },
  });
  return { status: response.status, headers: response.headers, body: await response.json() as Record<string, unknown> };
}

/** A signed request with everything in the query. */
export function signed(
  task: Task, { apiKey, secret }: Key, method: string, path: string, params: Readonly<Record<string, string | number>> = {},
): Promise<FacadeAnswer> {
  const texts = Object.entries({ ...params, timestamp: Date.now() }).map(([name, value]): [string, string] => [name, String(value)]);
  const query = new URLSearchParams(texts).toString();
  return send(task, method, path, { apiKey, query: `${query}&signature=${sign(query, secret)}` });
}

/** Says what the core would say of the next order or cancellation in the journal. */
export async function decide(
  harness: Harness, task: Task, of: (orderId: string) => readonly Partial<OrderUpdate>[], accountId = ALICE,
): Promise<void> {
  const before = task.journal.commands.length;
  await until(() => task.journal.commands.length > before);
  const command = task.journal.commands[before];
  const orderId = 'orderId' in command ? command.orderId : '';
  let seq = 100;
  const updates = of(orderId).map((update): OrderUpdate => ({ event: 'accepted', seq: seq++, time: 1_700_000_000_000, orderId, ...update }));
  await harness.cache.publish(ordersChannel(accountId), JSON.stringify(updates));
}
