/** How accounts of a simulator begin, and begin again. */
import type { RouteDependencies } from './dependencies';
import { resetSchema } from '../../accounts/account-desk';
import { acceptedOpening, acceptedReset, accountState } from '../answers';
import { ownId } from '../preferences';
import { type Route, route } from '../route';

export function accountsRoutes({ accounts }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/account', tag: 'account', scope: 'read', rate: 'read', feature: 'starting_balances',
      summary: 'When the account began, and what everybody begins with',
      description: 'In a simulator that gives its users something to begin with; elsewhere 404 feature_not_here.',
      answers: { 200: { description: 'The account.', schema: accountState } },
      handle: async (_input, { accountId }) => ({ status: 200, body: await accounts.get(accountId) }),
    }),
    route({
      method: 'put', path: '/v1/account', tag: 'account', scope: 'trade', rate: 'order', audited: 'account open',
      conflicts: true, feature: 'starting_balances',
      summary: 'Open the account',
      description: 'Gives it what everybody begins with: once for each account, for ever, however often it is asked for. What it has by then stays.',
      answers: { 202: { description: 'The journal has the request, or the account is open.', schema: acceptedOpening } },
      handle: async (_input, { accountId }) => ({ status: 202, body: await accounts.open(accountId) }),
    }),
    route({
      method: 'post', path: '/v1/account/reset', tag: 'account', scope: 'trade', rate: 'order', audited: 'account reset',
      accepts: ['idempotency-key'], conflicts: true, feature: 'starting_balances',
      summary: 'Begin again',
      description: 'Takes back all orders and leaves what everybody begins with, in every partition, and ends automations. Positions, profits '
        + 'and the equity curve begin anew; orders and fills of before stay in their lists. The core refuses it, on the orders channel, to a killed account and while a market with open '
        + 'orders of the account is halted. Repeated under the same id it has no second effect.',
      body: resetSchema,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedReset } },
      handle: async ({ body, preferences }, { accountId }) => (
        { status: 202, body: await accounts.reset(accountId, ownId(body.clientResetId, preferences, 'clientResetId')) }),
    }),
  ];
}
