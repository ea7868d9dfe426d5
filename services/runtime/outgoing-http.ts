import { type CallOptions, ResiliencePolicy, type PolicyOptions } from './resilience';
import { HttpStatusError } from './transient';

export interface HttpTargetOptions extends PolicyOptions {
  /** Longest answer that is read, in bytes; default 4 MiB. */
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly headers: Headers;
  readonly text: string;
}

/** Somebody who is asked over HTTP: the one place of the services that calls `fetch`. */
export class HttpTarget {
  readonly policy: ResiliencePolicy;

  constructor(private readonly options: HttpTargetOptions) {
    this.policy = new ResiliencePolicy(options);
  }

  /**
   * Asks for what is there and changes nothing, so it may be repeated. The time limits are for the whole answer, however slowly it comes.
   *
   * @throws HttpStatusError for every answer but a success
   */
  get(url: string, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<HttpAnswer> {
    return this.send(url, { headers }, { idempotent: true, signal });
  }

  /** @throws HttpStatusError for every answer but a success */
  send(url: string, request: Omit<RequestInit, 'signal' | 'redirect'>, call: CallOptions): Promise<HttpAnswer> {
    return this.policy.run(call, async (signal) => {
      const response = await fetch(url, { ...request, signal, redirect: 'error' });
      const text = await this.read(response);
      if (!response.ok) throw new HttpStatusError(new URL(url).pathname, response.status, response.headers, text);
      return { headers: response.headers, text };
    });
  }

  private async read({ body }: Response): Promise<string> {
    const { name, maxBytes = 4 * 1024 * 1024 } = this.options;
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
      length += part.length;
      // Leaving the loop closes the connection.
      if (length > maxBytes) throw new Error(`${name} answers with more than ${maxBytes} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  }
}
