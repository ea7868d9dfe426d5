import { openApiOf } from './openapi';
import type { Reply } from './reply';
import { type Route, route } from './route';
import { accountRoutes } from './routes/account';
import { adminRoutes } from './routes/admin';
import { apiKeyRoutes } from './routes/api-keys';
import { automationRoutes } from './routes/automations';
import type { RouteDependencies } from './routes/dependencies';
import { marketRoutes } from './routes/market';
import { orderRoutes } from './routes/orders';
import { replayRoutes } from './routes/replay';
import { systemRoutes } from './routes/system';

/** Everything that the API answers, the busiest first. */
export function routes(dependencies: RouteDependencies): readonly Route[] {
  const all = [orderRoutes, automationRoutes, accountRoutes, marketRoutes, replayRoutes, apiKeyRoutes, systemRoutes, adminRoutes]
    .flatMap((those) => those(dependencies));
  let document: object | undefined;
  const own: Route = route({
    method: 'get', path: '/v1/openapi.json', tag: 'system', scope: 'public', rate: 'public',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    handle: (): Reply => ({ status: 200, body: document ??= openApiOf([...all, own]) }),
  });
  return [...all, own];
}
