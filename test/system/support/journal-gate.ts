import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of an append. `hold`: nobody answers; `answerLost`: it takes place and nobody hears of it. */
export type GateMode = 'open' | 'hold' | 'answerLost';

/** Stands between a process and the emulated Kinesis, so that a test can choose the moment at which the process dies. */
export class JournalGate {
  mode: GateMode = 'open';
  /** Appends that came, and of those the ones that took place without an answer. */
  appends = 0;
  unanswered = 0;
  private readonly server: Server;

  constructor(private readonly target: string) {
    this.server = createServer((request, response) => void this.pass(request, response).catch(() => response.destroy()));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isAppend = String(request.headers['x-amz-target']).endsWith('.PutRecord');
    if (isAppend) this.appends += 1;
    if (isAppend && this.mode === 'hold') return;
    const lost = isAppend && this.mode === 'answerLost';
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(`${this.target}${request.url}`, { method: request.method, headers: headers as Record<string, string>, body: Buffer.concat(chunks) });
    const body = Buffer.from(await answer.arrayBuffer());
    if (lost) {
      this.unanswered += 1;
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/x-amz-json-1.1' }).end(body);
  }
}
