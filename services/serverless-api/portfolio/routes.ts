import { credentials, type SignIn } from './sign-in';
import { valuation } from './valuation';
import type { Route } from '../http/router';
import { validate } from '../http/validate';
import type { Instruments } from '../instruments';
import type { PriceSource } from '../market/prices';
import type { Accounts } from '../wallets/accounts';

export interface PortfolioDependencies {
  readonly accounts: Accounts;
  readonly instruments: Instruments;
  readonly prices: PriceSource;
  readonly signIn: SignIn;
}

/** The group `portfolio`: who somebody is and what they own. */
export function portfolioRoutes({ accounts, instruments, prices, signIn }: PortfolioDependencies): Route[] {
  return [
    {
      method: 'POST', path: '/v1/sessions', access: 'public',
      handle: async ({ body }) => ({ status: 200, body: await signIn(validate(credentials, body)) }),
    },
    {
      method: 'GET', path: '/v1/portfolio', access: 'user',
      handle: async ({ userId }) => {
        const [wallet, quotes] = await Promise.all([
          accounts.wallet(userId), prices.latest(instruments.list().map(({ symbol }) => symbol)),
        ]);
        const { positions, value } = valuation(instruments, wallet.balances, quotes);
        return {
          status: 200,
          body: { userId, trades: wallet.version, balances: positions, portfolioValue: value ?? null, currency: instruments.quotes()[0] },
        };
      },
    },
    {
      method: 'GET', path: '/v1/instruments', access: 'public',
      handle: () => ({
        status: 200,
        body: { instruments: instruments.list().map(({ symbol, base, quote, tickSize, lotSize }) => ({ symbol, base, quote, tickSize, lotSize })) },
      }),
    },
  ];
}
