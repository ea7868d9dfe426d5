import { request } from 'node:http';
import { SITE } from './pages';

export interface Visited {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Kept {
  readonly value: string;
  readonly path: string;
  /** The attributes as they came. */
  readonly text: string;
}

/** As much of a browser as a sign-in needs: cookies by host and path, and redirects. The site's name leads to a task. */
export class Browser {
  private readonly jar = new Map<string, Map<string, Kept>>();

  /** @param site address of the task that `SITE` stands for */
  constructor(private readonly site: string) {}

  cookie(name: string, host = new URL(SITE).host): Kept | undefined {
    return this.jar.get(host)?.get(name);
  }

  put(name: string, kept: Kept, host = new URL(SITE).host): void {
    const cookies = this.jar.get(host) ?? new Map<string, Kept>();
    cookies.set(name, kept);
    this.jar.set(host, cookies);
  }

  /** Goes to an address and on to where it leads, until an answer is no redirect or `stop` says so of the next address. */
  async visit(address: string, stop: (url: URL) => boolean = () => false): Promise<Visited> {
    let url = new URL(address, SITE);
    for (let hops = 0; hops < 15; hops++) {
      const answer = await this.ask('GET', url.href);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string') return answer;
      url = new URL(location, url);
      if (stop(url)) return { ...answer, url };
    }
    throw new Error('it leads in a circle');
  }

  ask(method: string, address: string, body?: string, more: Readonly<Record<string, string>> = {}): Promise<Visited> {
    const url = new URL(address, SITE);
    const target = url.origin === SITE ? new URL(url.pathname + url.search, this.site) : url;
    const cookies = [...this.jar.get(url.host) ?? []].filter(([, { path }]) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`));
    const headers: Record<string, string> = { host: url.host, ...more };
    if (cookies.length > 0) headers.cookie ??= cookies.map(([name, { value }]) => `${name}=${value}`).join('; ');
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    return new Promise((resolve, reject) => {
      const sending = request(target, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          for (const text of response.headers['set-cookie'] ?? []) this.keep(url.host, text);
          resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: String(Buffer.concat(chunks)) });
        });
      });
      sending.on('error', reject);
      sending.end(body);
    });
  }

  private keep(host: string, text: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    const path = /; *path=([^;]*)/i.exec(text)?.[1] ?? '/';
    if (/; *max-age=0/i.test(text) || /expires=Thu, 01 Jan 1970/i.test(text)) this.jar.get(host)?.delete(name);
    else this.put(name, { value, path, text }, host);
  }
}
