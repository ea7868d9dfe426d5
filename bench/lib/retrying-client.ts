import { HttpClient } from './http-client';
import type { Trader } from './job';

/** An order that the API has acknowledged. */
export interface Acknowledged {
  readonly orderId: string;
  readonly clientOrderId: string;
  /** Requests that it took. */
  readonly attempts: number;
}

/**
 * A client that does what it should when the API does not answer: it asks again, with the same client order id, until it has
 * a 202.
 */
export class RetryingClient {
  private readonly http: HttpClient;
  /** Requests that got no answer, or one that says to try again. */
  retries = 0;

  constructor(url: string) {
    this.http = new HttpClient({ url, connections: 32, timeoutMs: 5_000 });
  }

  /** @throws Error when the order is refused for good, or not acknowledged in time */
  async place(trader: Trader, clientOrderId: string, limitMs = 60_000): Promise<Acknowledged> {
    const { token, symbol, side, price, quantity } = trader;
    const body = JSON.stringify({ symbol, side, type: 'limit', price, quantity, timeInForce: 'gtc', clientOrderId });
    const deadline = Date.now() + limitMs;
    for (let attempts = 1; ; attempts++) {
      const answer = await this.http.send('POST', '/v1/orders', { authorization: `Bearer ${token}` }, body).catch((error: Error) => error);
      if (!(answer instanceof Error)) {
        if (answer.status === 202) return { orderId: (JSON.parse(answer.body) as { orderId: string }).orderId, clientOrderId, attempts };
        if (answer.status < 500) throw new Error(`${clientOrderId} was refused with ${answer.status}: ${answer.body}`);
      }
      if (Date.now() > deadline) {
        throw new Error(`${clientOrderId} was not acknowledged within ${limitMs / 1_000} s; last: ${answer instanceof Error ? answer.message : answer.body}`);
      }
      this.retries++;
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
    }
  }

  close(): void {
    this.http.close();
  }
}
