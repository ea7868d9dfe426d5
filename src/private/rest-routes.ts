import type { Faults } from './faults';
import { RestApiRoute, RestMethod } from '../constructs/ingress/rest-api-route';

const SEGMENT = /^(\{[A-Za-z][A-Za-z0-9]*\+?\}|[A-Za-z0-9._~-]+)$/;

/** Adds what is wrong with the routes. */
export function checkRoutes(routes: RestApiRoute[], faults: Faults): void {
  faults.check(routes.length > 0, '`routes` must name at least one route');
  const seen = new Set<string>();
  for (const { method, path, isPublic, scopes, bodySchema, rateLimit } of routes) {
    const name = `${method} ${path}`;
    faults.check(path === '/' || (path.startsWith('/') && path.slice(1).split('/').every((segment) => SEGMENT.test(segment))),
      `\`path\` must begin with '/' and consist of names and {parameters}, got: '${path}'`);
    faults.check(!seen.has(name), `\`routes\` must name each method and path once, got twice: ${name}`);
    faults.check(!(isPublic === true && scopes !== undefined), `\`scopes\` of ${name} need a token, but \`isPublic\` is true; leave one of them out`);
    faults.check(bodySchema === undefined || ![RestMethod.GET, RestMethod.DELETE].includes(method), `\`bodySchema\` of ${name} has no body to look at; remove it`);
    faults.check(rateLimit === undefined || rateLimit > 0, `\`rateLimit\` of ${name} must be above 0, got: ${rateLimit}`);
    seen.add(name);
  }
}

/** Names of the parameters in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([A-Za-z0-9]+)\+?\}/g)].map(([, name]) => name);
}
