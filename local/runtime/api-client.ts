import { LocalError, messageOf } from '../servers/errors';

/** An instrument as the API lists it. */
export interface InstrumentInfo {
  readonly symbol: string;
  readonly base: { readonly code: string; readonly decimals: number };
  readonly quote: { readonly code: string; readonly decimals: number };
  readonly tickSize: string;
  readonly lotSize: string;
}

/** The platform's public HTTP API, as a client outside sees it. */
export class ApiClient {
  constructor(readonly baseUrl: string) {}

  /** @throws LocalError with what the API answered */
  async signIn(user: { readonly username: string; readonly password: string }): Promise<{ accessToken: string; expiresIn: number }> {
    const { username, password } = user;
    return this.post('/v1/sessions', { username, password });
  }

  async instruments(): Promise<readonly InstrumentInfo[]> {
    return (await this.get<{ instruments: readonly InstrumentInfo[] }>('/v1/instruments')).instruments;
  }

  /** @throws LocalError unless the answer is a success */
  get<T>(path: string, token?: string): Promise<T> {
    return this.call('GET', path, undefined, token);
  }

  /** @throws LocalError unless the answer is a success */
  post<T>(path: string, body: object, token?: string): Promise<T> {
    return this.call('POST', path, body, token);
  }

  private async call<T>(method: string, path: string, body: object | undefined, token: string | undefined): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      });
    } catch (error) {
      throw new LocalError(`${method} ${path} got no answer: ${messageOf(error instanceof Error && error.cause ? error.cause : error)}`);
    }
    const text = await response.text();
    if (!response.ok) throw new LocalError(`${method} ${path} was answered with ${response.status}: ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
