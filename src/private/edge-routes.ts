import type { Faults } from './faults';
import { overlapsRoute } from './path-patterns';
import type { CachedRoute } from '../constructs/edge/cached-route';
import type { RestApiRoute } from '../constructs/ingress/rest-api-route';

/** Adds a fault for each cached path that some user's own data, or a change, could come by. */
export function checkCachedRoutes(faults: Faults, cached: CachedRoute[], routes: RestApiRoute[] | undefined): void {
  if (cached.length === 0) return;
  if (routes === undefined || routes.length === 0) {
    faults.add('`routes` must name what the API answers when `cachedRoutes` are given, so that no path of a signed-in user is cached');
    return;
  }
  const paths = cached.map(({ path }) => path);
  for (const path of new Set(paths.filter((one, index) => paths.indexOf(one) !== index))) faults.add(`\`cachedRoutes\` must name each path once, got twice: '${path}'`);
  for (const { path } of cached) {
    const met = routes.filter((route) => overlapsRoute(path, route.path));
    faults.check(met.length > 0, `\`cachedRoutes\` '${path}' matches no route of the API; correct the path or leave it out`);
    for (const route of met) {
      const name = `${route.method} ${route.path}`;
      if (route.isPublic !== true) faults.add(`\`cachedRoutes\` '${path}' overlaps with ${name}, which needs a token: one user would get another one's answer; narrow the path`);
      else if (String(route.method) !== 'GET') faults.add(`\`cachedRoutes\` '${path}' overlaps with ${name}, which a cached path would refuse; narrow the path to routes that only read`);
    }
  }
}
