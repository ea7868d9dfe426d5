import type { HttpAnswer } from '../../bench/lib/http-client';
import type { ProbeClient } from '../drill/probe';

/** The public door of a deployed system: HTTPS, by the platform's own client, which keeps connections open. */
export class FetchClient implements ProbeClient {
  constructor(private readonly url: string, private readonly timeoutMs: number) {}

  async send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<HttpAnswer> {
    try {
      const answer = await fetch(new URL(path, this.url), {
        method, body, headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' }, signal: AbortSignal.timeout(this.timeoutMs), redirect: 'error',
      });
      return { status: answer.status, body: await answer.text(), cookie: undefined };
    } catch (error) {
      // What the connection said is one level down; whether anything was sent follows from it.
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    }
  }

  close(): void { /* Connections that lie idle close by themselves. */ }
}
