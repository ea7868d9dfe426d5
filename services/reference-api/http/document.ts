import { openApiOf } from './openapi';
import { routes } from './routes';
import type { RouteDependencies } from './routes/dependencies';

/** The OpenAPI document without a service: routes touch what they answer from only when they answer. */
export function apiDocument(): object {
  return openApiOf(routes({ entry: {} } as RouteDependencies));
}
