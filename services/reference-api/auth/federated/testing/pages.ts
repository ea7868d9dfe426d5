import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectNode } from '../../../../../local/servers/environment';

/** Where the site of the tests is, as browsers see it. */
export const SITE = 'https://trade.example';
export const REDIRECT_URL = `${SITE}/v1/sign-in/callback`;
export const PAGES_CLIENT = 'client-of-the-pages';

type TokenAnswer = { status: number; body: Record<string, unknown> };
type Forward = (body: URLSearchParams) => Promise<TokenAnswer>;

/** Sign-in pages in a process of their own, and a line to their token endpoint that can be tampered with. */
export class Pages {
  issuer = '';
  url = '';
  /** What comes of a request to the token endpoint; `forward` asks the real one. */
  onToken: (body: URLSearchParams, forward: Forward) => Promise<TokenAnswer> = (body, forward) => forward(body);
  readonly tokenRequests: URLSearchParams[] = [];
  private child!: ChildProcess;
  private readonly server: Server = createServer((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(307, { location: `${this.issuer}${request.url}` }).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void this.post(request.url ?? '', new URLSearchParams(String(Buffer.concat(chunks))), response));
  });

  async start(accountId: string): Promise<this> {
    this.child = spawn(projectNode(), [join(__dirname, 'issuer.mjs')], {
      env: { PATH: process.env.PATH, ACCOUNT: accountId, CLIENT_ID: PAGES_CLIENT, REDIRECT_URL }, stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(createInterface(this.child.stdout!), 'line') as [string];
    this.issuer = line.trim();
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    const gone = once(this.child, 'exit');
    this.child.kill();
    await gone;
  }

  private async post(path: string, body: URLSearchParams, response: ServerResponse): Promise<void> {
    const forward = async (form: URLSearchParams): Promise<TokenAnswer> => {
      const answer = await fetch(`${this.issuer}${path}`, { method: 'POST', body: form });
      return { status: answer.status, body: await answer.json().catch(() => ({})) as Record<string, unknown> };
    };
    const isToken = path === '/oauth2/token';
    if (isToken) this.tokenRequests.push(body);
    const answer = await (isToken ? this.onToken(body, forward) : forward(body));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }
}
