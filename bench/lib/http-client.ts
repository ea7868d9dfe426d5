import { Agent, request } from 'node:http';

/** Answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** What the body says, where it has been read already. */
  readonly json?: unknown;
  /** Cookies that the answer sets, ready to be sent back. */
  readonly cookie: string | undefined;
}

export interface HttpClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Most connections; a request above that waits for one to be free. */
  readonly connections: number;
  /** Milliseconds until a request without an answer fails. */
  readonly timeoutMs: number;
}

/** Requests over kept connections. */
export class HttpClient {
  private readonly agent: Agent;
  private readonly host: string;
  private readonly port: string;

  constructor(private readonly options: HttpClientOptions) {
    const url = new URL(options.url);
    if (url.protocol !== 'http:') throw new Error(`expected an http: URL, got ${options.url}`);
    this.host = url.hostname;
    this.port = url.port || '80';
    this.agent = new Agent({ keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections, scheduling: 'fifo' });
  }

  /** @throws Error when there is no answer; what became of the request is unknown then */
  send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const all: Record<string, string> = { ...headers };
      if (body !== undefined) {
        all['content-type'] = 'application/json';
        all['content-length'] = String(Buffer.byteLength(body));
      }
      const outgoing = request({ host: this.host, port: this.port, method, path, headers: all, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('aborted', () => reject(new Error('the answer broke off')));
        response.once('end', () => {
          clearTimeout(timer);
          const cookie = response.headers['set-cookie']?.map((line) => line.split(';')[0]).join('; ');
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), cookie });
        });
      });
      // Also while it waits for a connection, which the request's own timeout does not count.
      const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${this.options.timeoutMs} ms`)), this.options.timeoutMs);
      outgoing.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
