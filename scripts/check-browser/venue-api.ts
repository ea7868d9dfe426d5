import { ApiClient } from '../../local/runtime/api-client';

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly held: string;
  readonly total: string;
}

export interface Book {
  readonly seq: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export interface OrderRow {
  readonly orderId: string;
  readonly side: string;
  readonly price?: string;
  readonly status: string;
}

/** The same user past the screen: what it must agree with. */
export class VenueApi {
  private constructor(private readonly client: ApiClient, private readonly token: string) {}

  static async signIn(url: string, user: { readonly username: string; readonly password: string }): Promise<VenueApi> {
    const client = new ApiClient(url);
    return new VenueApi(client, (await client.signIn(user)).accessToken);
  }

  /** The same session by another way in, such as past the load balancer. */
  at(url: string): VenueApi {
    return new VenueApi(new ApiClient(url), this.token);
  }

  async balances(): Promise<readonly Balance[]> {
    return (await this.client.get<{ balances: readonly Balance[] }>('/v1/portfolio', this.token)).balances;
  }

  async openOrders(): Promise<readonly OrderRow[]> {
    return (await this.client.get<{ orders: readonly OrderRow[] }>('/v1/orders?status=open&limit=200', this.token)).orders;
  }

  get<T>(path: string): Promise<T> {
    return this.client.get<T>(path, this.token);
  }

  book(symbol: string): Promise<Book> {
    return this.client.get(`/v1/book/${symbol}`, this.token);
  }

  async place(body: object): Promise<string> {
    return (await this.client.post<{ orderId: string }>('/v1/orders', body, this.token)).orderId;
  }

  order(id: string): Promise<OrderRow> {
    return this.client.get(`/v1/orders/${id}`, this.token);
  }
}

/** A decimal without groups and zeros at the end, to compare what is written in different ways. */
export function plain(text: string | null | undefined): string {
  const digits = (text ?? '').replaceAll(',', '').trim();
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let problem = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      problem = ` (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1_000} s: ${what}${problem}`);
    await new Promise((done) => setTimeout(done, 60));
  }
}
