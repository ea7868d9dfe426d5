import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { root } from '../../lib/processes';

/** A request that a script wanted to make. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly name: string;
}

/** What the stand-in of a socket offers a script. */
export interface FakeSocket {
  on(event: string, listener: (text?: string) => void): void;
  send(text: string): void;
  setInterval(work: () => void): void;
  setTimeout(work: () => void): void;
  close(): void;
}

export interface K6Script {
  readonly options: {
    readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly thresholds: Readonly<Record<string, readonly string[]>>;
  };
  readonly default: () => void;
  readonly handleSummary: (data: unknown) => Readonly<Record<string, string>>;
}

export interface StandIn {
  readonly script: K6Script;
  readonly asked: Asked[];
  /** What was added to each metric of the script's own. */
  readonly added: Readonly<Record<string, (number | boolean)[]>>;
  /** Number of the iteration, and of the virtual user, from now on. */
  at(iteration: number, user?: number): void;
}

interface Answer {
  readonly status: number;
  json(name: string): string;
}

/**
 * Loads a script as k6 would, with stand-ins of its modules: each request is written down and answered by `answer`, a socket is what `connect`
 * makes of it.
 */
export function loadScript(name: string, environment: Readonly<Record<string, string>>, answer: (asked: Asked, index: number) => Answer,
  connect: (url: string, open: (socket: FakeSocket) => void) => { readonly status: number } = () => ({ status: 101 })): StandIn {
  const asked: Asked[] = [];
  const added: Record<string, (number | boolean)[]> = {};
  const exec = { scenario: { iterationInTest: 0 }, vu: { idInTest: 1 } };
  class Metric {
    constructor(private readonly metric: string) { added[metric] = []; }

    add(value: number | boolean): void { added[this.metric].push(value); }
  }
  interface Params { readonly headers?: Record<string, string>; readonly tags: { readonly name: string } }
  const ask = (method: string, url: string, body: unknown, { headers = {}, tags }: Params): Answer => {
    const one = { method, url, headers, body: typeof body === 'string' ? body : undefined, name: tags.name };
    asked.push(one);
    return answer(one, asked.length - 1);
  };
  type Checks = Readonly<Record<string, (value: unknown) => boolean>>;
  const check = (value: unknown, checks: Checks): boolean => Object.values(checks).every((holds) => holds(value));
  const modules: Record<string, unknown> = {
    'k6': { check },
    'k6/execution': { default: exec },
    'k6/http': {
      default: {
        get: (url: string, params: Params) => ask('GET', url, undefined, params),
        post: (url: string, body: unknown, params: Params) => ask('POST', url, body, params),
        del: (url: string, body: unknown, params: Params) => ask('DELETE', url, body, params),
      },
    },
    'k6/metrics': { Counter: Metric, Rate: Metric, Trend: Metric },
    'k6/ws': { default: { connect: (url: string, _: unknown, open: (socket: FakeSocket) => void) => connect(url, open) } },
  };
  const { outputFiles: [{ text }] } = buildSync({
    entryPoints: [join(root, 'load', `${name}.js`)], bundle: true, write: false, format: 'cjs', target: 'es2022', external: ['k6', 'k6/*'], logLevel: 'silent',
  });
  const module = { exports: {} as K6Script };
  const load = (of: string): unknown => {
    if (!(of in modules)) throw new Error(`${name}.js imports ${of}, which the stand-in does not have`);
    return { ...modules[of] as object, __esModule: true };
  };
  runInNewContext(text, { module, exports: module.exports, require: load, __ENV: environment, console });
  return {
    script: module.exports, asked, added,
    at: (iteration, user = 1) => {
      exec.scenario.iterationInTest = iteration;
      exec.vu.idInTest = user;
    },
  };
}
