/** What the programs that drive a client have in common: where to go, and one line for each step. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a client's process is told, as JSON in `CHECK_CLIENT`. */
export interface ClientTask {
  /** Folder that has the client in its `node_modules`. */
  readonly workspace: string;
  /** Such as `http://127.0.0.1:24310`. */
  readonly url: string;
  readonly apiKey: string;
  readonly secret: string;
  /** Whether WebSockets lead to the façade; behind API Gateway they do not. */
  readonly sockets: boolean;
  /** Access token of another trader, who is on the other side where nobody else is. */
  readonly otherToken: string;
}

export const task = JSON.parse(process.env.CHECK_CLIENT ?? '{}') as ClientTask;

/** A package of the workspace. */
export function load<T>(name: string): T {
  return createRequire(join(task.workspace, 'package.json'))(name) as T;
}

const STEP_MS = 20_000;
let passed = 0;
let failed = 0;
let skipped = 0;

/** Runs one step, prints it, and goes on whatever happens. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${STEP_MS / 1_000} s`)), STEP_MS);
  });
  try {
    const result = await Promise.race([work(), late]);
    passed += 1;
    console.log(`ok      ${name}`);
    return result;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${(error instanceof Error ? `${error.constructor.name} ${error.message}` : JSON.stringify(error)).slice(0, 400)}`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** A step that needs a WebSocket: told as left out where none leads there. */
export async function socketStep<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (task.sockets) return step(name, work);
  skipped += 1;
  console.log(`--      ${name}: left out, no WebSocket leads here`);
  return undefined;
}

/** Tells the figures and ends the process: a client's sockets must not keep it. */
export function finish(): never {
  console.log(JSON.stringify({ passed, failed, skipped }));
  process.exit(failed === 0 ? 0 : 1);
}

export function expect(what: string, holds: boolean, got?: unknown): void {
  if (!holds) throw new Error(`expected ${what}${got === undefined ? '' : `, got ${JSON.stringify(got).slice(0, 300)}`}`);
}

/** Repeats a question until its answer will do. */
export async function eventually<T>(ask: () => Promise<T>, enough: (answer: T) => boolean, what: string): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`expected ${what}, got ${JSON.stringify(answer).slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The other trader's order, through the native API. */
export async function otherOrder(body: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${task.url}/v1/orders`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${task.otherToken}`, 'prefer': 'wait=2000' }, body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the other trader's order was answered with ${response.status}: ${await response.text()}`);
}
