/** Keys that programs sign their requests with; only a signed-in user has a say in them. */
import type { RouteDependencies } from './dependencies';
import { idPath } from './orders';
import { isUuid } from '../../../domain';
import { apiKeySchema } from '../../auth/api-keys';
import { apiKeys as apiKeysAnswer, newApiKey } from '../answers';
import { ApiError } from '../errors';
import { type Route, route } from '../route';

export function apiKeyRoutes({ apiKeys }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'post', path: '/v1/api-keys', tag: 'account', scope: 'trade', rate: 'read', audited: 'api-key create', conflicts: true, feature: 'api_keys',
      summary: 'Make an API key',
      description: 'For programs that speak Binance\'s API. The secret is in this answer and never again.',
      body: apiKeySchema,
      answers: { 201: { description: 'The key with its secret.', schema: newApiKey } },
      handle: async ({ body }, { accountId }) => ({ status: 201, body: await apiKeys.create(accountId, body) }),
    }),
    route({
      method: 'get', path: '/v1/api-keys', tag: 'account', scope: 'read', rate: 'read', feature: 'api_keys',
      summary: 'API keys, without their secrets',
      answers: { 200: { description: 'All of them.', schema: apiKeysAnswer } },
      handle: async (_input, { accountId }) => ({ status: 200, body: await apiKeys.list(accountId) }),
    }),
    route({
      method: 'delete', path: '/v1/api-keys/{id}', tag: 'account', scope: 'trade', rate: 'read', audited: 'api-key delete', feature: 'api_keys',
      summary: 'Delete an API key',
      description: 'Every task refuses it within three seconds.',
      params: idPath,
      answers: { 200: { description: 'It is gone.' } },
      handle: async ({ params: { id } }, { accountId }) => {
        if (!isUuid(id)) throw new ApiError(404, 'unknown_api_key', 'There is no such API key.');
        await apiKeys.remove(accountId, id);
        return { status: 200, body: { id } };
      },
    }),
  ];
}
