import { openApiOf } from './openapi';
import type { Reply } from './reply';
import { type Route, route } from './route';
import { accessRoutes } from './routes/access';
import { accountRoutes } from './routes/account';
import { accountsRoutes } from './routes/accounts';
import { adminRoutes } from './routes/admin';
import { apiKeyRoutes } from './routes/api-keys';
import { automationRoutes } from './routes/automations';
import { backtestRoutes } from './routes/backtests';
import type { RouteDependencies } from './routes/dependencies';
import { equityRoutes } from './routes/equity';
import { marketRoutes } from './routes/market';
import { noteRoutes } from './routes/notes';
import { orderRoutes } from './routes/orders';
import { replayRoutes } from './routes/replay';
import { sessionRoutes } from './routes/sessions';
import { signInRoutes } from './routes/sign-in';
import { systemRoutes } from './routes/system';

/** Everything that the API answers, the busiest first. */
export function routes(dependencies: RouteDependencies): readonly Route[] {
  const all = [
    orderRoutes, automationRoutes, accountRoutes, equityRoutes, accountsRoutes, marketRoutes, replayRoutes, noteRoutes, backtestRoutes, apiKeyRoutes,
    accessRoutes, sessionRoutes, signInRoutes, systemRoutes, adminRoutes,
  ].flatMap((those) => those(dependencies));
  let document: object | undefined;
  const own: Route = route({
    method: 'get', path: '/v1/openapi.json', tag: 'system', scope: 'public', rate: 'public',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    handle: (): Reply => ({ status: 200, body: document ??= openApiOf([...all, own]) }),
  });
  return [...all, own];
}
