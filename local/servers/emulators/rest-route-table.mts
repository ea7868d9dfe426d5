import type { RestRoute } from './api-gateway-messages';

export interface RouteMatch<R> {
  /** Undefined when the path is there and the method is not. */
  readonly route: R | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Node<R> {
  readonly names: Map<string, Node<R>>;
  parameter?: { readonly name: string; readonly node: Node<R> };
  rest?: { readonly name: string; readonly node: Node<R> };
  readonly methods: Map<string, R>;
}

function node<R>(): Node<R> {
  return { names: new Map(), methods: new Map() };
}

/** Finds the route of a request as API Gateway does: a name before a parameter, a parameter before `{proxy+}`. */
export class RouteTable<R extends Pick<RestRoute, 'method' | 'path'>> {
  private readonly root = node<R>();

  constructor(routes: readonly R[]) {
    for (const route of routes) {
      let at = this.root;
      for (const segment of segments(route.path)) at = step(at, segment);
      at.methods.set(route.method, route);
    }
  }

  find(method: string, path: string): RouteMatch<R> | undefined {
    return this.descend(this.root, segments(path), 0, {}, method);
  }

  private descend(
    at: Node<R>, path: readonly string[], index: number, parameters: Record<string, string>, method: string,
  ): RouteMatch<R> | undefined {
    if (index === path.length) return at.methods.size === 0 ? undefined : { route: at.methods.get(method) ?? at.methods.get('ANY'), parameters };
    const named = at.names.get(path[index]);
    const byName = named && this.descend(named, path, index + 1, parameters, method);
    if (byName) return byName;
    const one = at.parameter && this.descend(at.parameter.node, path, index + 1, { ...parameters, [at.parameter.name]: path[index] }, method);
    if (one) return one;
    if (!at.rest) return undefined;
    const { name, node: rest } = at.rest;
    return { route: rest.methods.get(method) ?? rest.methods.get('ANY'), parameters: { ...parameters, [name]: path.slice(index).join('/') } };
  }
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function step<R>(at: Node<R>, segment: string): Node<R> {
  const parameter = /^\{([^}+]+)(\+?)\}$/.exec(segment);
  if (parameter) {
    const [, name, greedy] = parameter;
    const edge = greedy ? 'rest' : 'parameter';
    return (at[edge] ??= { name, node: node<R>() }).node;
  }
  let next = at.names.get(segment);
  if (!next) at.names.set(segment, next = node<R>());
  return next;
}
