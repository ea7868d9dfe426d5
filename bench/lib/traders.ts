import { randomUUID } from 'node:crypto';
import { HttpClient } from './http-client';
import type { Trader } from './job';

/** Somebody who can sign in. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly role: 'trader' | 'operator';
  readonly accountId: string;
}

/** Somebody who has signed in. */
export interface SignedIn extends Person {
  readonly token: string;
}

/** What a benchmark needs of the platform's API before and after its load. */
export class ApiSetup {
  private readonly http: HttpClient;

  constructor(url: string) {
    this.http = new HttpClient({ url, connections: 4, timeoutMs: 15_000 });
  }

  close(): void {
    this.http.close();
  }

  async signIn(person: Person): Promise<SignedIn> {
    const { accessToken } = await this.call<{ accessToken: string }>('POST', '/v1/sessions', { username: person.username, password: person.password });
    return { ...person, token: accessToken };
  }

  /** Puts play money into an account. */
  async deposit(operator: SignedIn, accountId: string, asset: string, amount: string): Promise<void> {
    await this.call('POST', '/v1/admin/deposits', { accountId, asset, amount, depositId: randomUUID() }, operator.token);
  }

  /** Waits until the ledger shows the account at least these amounts. */
  async untilFunded(account: SignedIn, amounts: Readonly<Record<string, string>>, limitMs = 30_000): Promise<void> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const { balances } = await this.call<{ balances: readonly { asset: string; free: string }[] }>('GET', '/v1/portfolio', undefined, account.token);
      const free = new Map(balances.map((balance) => [balance.asset, Number(balance.free)]));
      if (Object.entries(amounts).every(([asset, amount]) => (free.get(asset) ?? 0) >= Number(amount))) return;
      if (Date.now() > deadline) throw new Error(`the deposits of ${account.username} did not arrive within ${limitMs / 1_000} s: ${JSON.stringify(balances)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** @throws Error unless the answer is a success */
  async call<T>(method: string, path: string, body?: object, token?: string): Promise<T> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await this.http.send(method, path, headers, body && JSON.stringify(body));
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body.slice(0, 300)}`);
    return JSON.parse(answer.body) as T;
  }
}

/** Play money that no benchmark runs out of. */
export const FUNDS: Readonly<Record<string, string>> = { BTC: '10000', ETH: '100000', USDT: '1000000000' };

/** The two traders among these people, signed in, with play money that lasts. */
export async function fundedTraders(people: readonly Person[], url: string): Promise<[SignedIn, SignedIn]> {
  const api = new ApiSetup(url);
  try {
    const signedIn = await Promise.all(people.map((person) => api.signIn(person)));
    const operator = signedIn.find(({ role }) => role === 'operator');
    const [first, second] = signedIn.filter(({ role }) => role === 'trader');
    if (!operator || !second) throw new Error(`an operator and two traders are needed, there are ${people.map(({ role }) => role).join(', ')}`);
    for (const account of [first, second]) {
      for (const [asset, amount] of Object.entries(FUNDS)) await api.deposit(operator, account.accountId, asset, amount);
    }
    await Promise.all([first, second].map((account) => api.untilFunded(account, FUNDS)));
    return [first, second];
  } finally {
    api.close();
  }
}

/** Two accounts, each the other's counterpart: who sells one instrument buys the other, so nobody ever trades with themselves. */
export function crossingTraders(first: SignedIn, second: SignedIn): Trader[] {
  const bitcoin = { symbol: 'BTCUSDT', price: '60000.1', quantity: '0.001' };
  const ether = { symbol: 'ETHUSDT', price: '3000.01', quantity: '0.01' };
  return [
    { ...bitcoin, token: first.token, side: 'sell' },
    { ...bitcoin, token: second.token, side: 'buy' },
    { ...ether, token: second.token, side: 'sell' },
    { ...ether, token: first.token, side: 'buy' },
  ];
}
