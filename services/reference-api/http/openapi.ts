/** The OpenAPI document, made of the routes and the very schemas that check requests. */
import { z } from 'zod';
import { problem } from './answers';
import { MAX_BODY_BYTES } from './body';
import { TOKEN_SCOPES } from './pipeline';
import { MAX_WAIT_MS } from './preferences';
import type { Route } from './route';

type Json = Readonly<Record<string, unknown>>;

const TAGS: Readonly<Record<Route['tag'], string>> = {
  orders: 'Orders: placed, changed and taken back.',
  account: 'What an account has, had and did. Read from the reader endpoint of the ledger: asOf and asOfTime say how recent it is.',
  market: 'Instruments, books, trades and candles.',
  session: 'Signing in.',
  system: 'The service itself.',
  operators: 'For members of the operators\' group.',
};

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is malformed: code and field say where.',
  401: 'The token is missing, not ours, or expired.',
  403: 'The token may not do this.',
  404: 'There is no such thing, or it is somebody else\'s.',
  409: 'It cannot be done now.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The request is well-formed, and its values cannot be used.',
  429: 'Too many requests: Retry-After says when the next one is welcome.',
  500: 'A fault of ours, told as nothing but that.',
  503: 'Something that the service stands on is away, or it cannot keep up. Nothing was taken unless outcome is unknown: then repeat it with the same ids.',
};

const HEADERS = {
  'wait': {
    name: 'Prefer', in: 'header', schema: { type: 'string', pattern: '^wait=[0-9]{1,5}$', examples: ['wait=500'] },
    description: `Milliseconds, at most ${MAX_WAIT_MS}, to wait for the core's verdict.`,
  },
  'idempotency-key': {
    name: 'Idempotency-Key', in: 'header', schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,36}$' },
    description: 'The client\'s own id of the request, where the body has none.',
  },
} as const;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** Components that schemas with an id become, filled on the way. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  /** A schema as JSON Schema; what is not sent over the wire, such as a checked symbol, is only described. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as { $defs?: Json } & Record<string, unknown>;
    for (const [name, definition] of Object.entries($defs)) this.schemas[name] ??= this.placed(definition);
    const { id } = own;
    const body = this.placed(own) as Record<string, unknown>;
    if (typeof id !== 'string') return body;
    this.schemas[id] ??= body;
    return ref(id);
  }

  /** References inside a schema lead to the document's components; ids are their names already. */
  private placed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.placed(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => {
      if (key === 'id' && typeof inner === 'string') return [];
      return [[key, key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : this.placed(inner)]];
    }));
  }
}

function parametersOf(route: Route, components: Components): readonly Json[] {
  const from = (place: 'path' | 'query', schema: z.ZodType): Json[] => {
    const { properties = {}, required = [] } = components.of(schema, 'input') as { properties?: Record<string, Json>; required?: readonly string[] };
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...rest } = property;
      return { name, in: place, required: place === 'path' || required.includes(name), ...(description ? { description } : {}), schema: rest };
    });
  };
  return [...from('path', route.params), ...from('query', route.query), ...(route.accepts ?? []).map((header) => HEADERS[header])];
}

/** Problems that a route can answer. */
function problemsOf({ scope, body, path, rate, feature, conflicts }: Route): readonly number[] {
  return [
    400, ...(scope === 'public' && rate !== 'sign_in' ? [] : [401, 403]), ...(path.includes('{') || feature ? [404] : []), ...(conflicts ? [409] : []),
    ...(body ? [413, 415] : []), 422, 429, 500, 503,
  ];
}

function operationOf(route: Route, components: Components): Json {
  const { method, path, summary, description, tag, scope, rate, body, answers, feature } = route;
  const parameters = parametersOf(route, components);
  const problems = problemsOf(route).filter((status) => !(status in answers)).map((status) => [status, {
    description: PROBLEMS[status], content: { 'application/problem+json': { schema: ref('Problem') } },
  }]);
  const good = Object.entries(answers).map(([status, answer]) => [status, {
    description: answer.description,
    content: { 'application/json': { schema: answer.schema ? components.of(answer.schema, 'output') : {} } },
  }]);
  return {
    'operationId': operationId(method, path),
    summary,
    ...(description ? { description } : {}),
    'tags': [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? {
      requestBody: { required: true, content: { 'application/json': { schema: components.of(body, 'input') } } },
    } : {}),
    'responses': Object.fromEntries([...good, ...problems]),
    'security': scope === 'public' ? [] : [{ accessToken: [] }],
    'x-scope': scope,
    'x-rate-class': rate,
    ...(feature ? { 'x-feature': feature } : {}),
  };
}

/** `get /v1/orders/{id}` → `getOrdersById`. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/(v1\/)?/, '').split(/[/\-.]/).map((word) => (word.startsWith('{') ? `by-${word.slice(1, -1)}` : word));
  return method + words.flatMap((word) => word.split('-')).map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}

/** The document of these routes. */
export function openApiOf(routes: readonly Route[]): object {
  const components = new Components();
  components.of(problem, 'output');
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    (paths[route.path] ??= {})[route.method] = operationOf(route, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trading API', version: '1.0.0',
      description: `Decimals travel as text, times as milliseconds since 1970. A body has at most ${MAX_BODY_BYTES} bytes. What is not described is refused. `
        + 'Every request can also be sent over the WebSocket at /v1/stream: {"op":"request","id":"1","method":"POST","path":"/v1/orders","body":{…}}.',
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        accessToken: {
          type: 'http', scheme: 'bearer', bearerFormat: 'JWT',
          description: `An access token of the user pool. One that has ${Object.values(TOKEN_SCOPES).join(', ')} may do these alone.`,
        },
      },
    },
  };
}
