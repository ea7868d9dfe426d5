/** A Postman collection (v2.1) of an OpenAPI document, with tests that hold every answer against the document. */

interface Schema {
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What is read of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

type Item = Readonly<Record<string, unknown>>;

/** What stands for a path's parameters; orders are placed first, and later requests are about the one that was. */
const VALUES: Readonly<Record<string, string>> = { symbol: '{{symbol}}', id: '{{orderId}}', clientOrderId: '{{clientOrderId}}' };

/** Read-only after everything that makes something to read; last the end of the session that all of them go by. */
const ORDER = ['operators', 'orders', 'account', 'market', 'system', 'session'];
const METHODS = ['post', 'patch', 'get', 'delete'];

function testsOf(path: string, method: string, { responses }: Operation): string[] {
  const documented = Object.keys(responses).map(Number);
  return [
    `pm.test('the status is documented', () => pm.expect(pm.response.code).to.be.oneOf(${JSON.stringify(documented)}));`,
    "pm.test('it is no fault of the server', () => pm.expect(pm.response.code).to.not.equal(500));",
    "pm.test('it is JSON, never stored and never sniffed', () => {",
    "  pm.expect(pm.response.headers.get('content-type')).to.match(/^application\\/(problem\\+)?json/);",
    "  pm.expect(pm.response.headers.get('x-content-type-options')).to.equal('nosniff');",
    '});',
    "if (pm.response.code >= 400 && pm.response.code !== 503) pm.test('a problem has a code', () => pm.expect(pm.response.json().code).to.be.a('string'));",
    ...(method === 'post' && path === '/v1/orders' ? ["if (pm.response.code === 202) pm.collectionVariables.set('orderId', pm.response.json().orderId);"] : []),
  ];
}

function requestOf(path: string, method: string, operation: Operation, withToken: boolean): Item {
  const segments = path.slice(1).split('/').map((segment) => (segment.startsWith('{') ? VALUES[segment.slice(1, -1)] ?? 'x' : segment));
  const body = operation.requestBody?.content['application/json'].schema;
  const token = path.startsWith('/v1/admin/') ? '{{operatorToken}}' : '{{token}}';
  return {
    method: method.toUpperCase(),
    ...(operation.description ? { description: operation.description } : {}),
    header: body ? [{ key: 'content-type', value: 'application/json' }] : [],
    auth: withToken ? { type: 'bearer', bearer: [{ key: 'token', value: token, type: 'string' }] } : { type: 'noauth' },
    url: {
      raw: `{{baseUrl}}/${segments.join('/')}`, host: ['{{baseUrl}}'], path: segments,
      // Optional ones are there to be switched on.
      query: (operation.parameters ?? []).filter((one) => one.in === 'query')
        .map(({ name, schema }) => (
          { key: name, value: String(schema.examples?.[0] ?? schema.enum?.[0] ?? ''), disabled: name !== 'symbol' || method !== 'delete' })),
    },
    ...(body ? { body: { mode: 'raw', raw: JSON.stringify(body.examples?.[0] ?? {}, null, 2), options: { raw: { language: 'json' } } } } : {}),
  };
}

const script = (lines: readonly string[]): readonly Item[] => [{ listen: 'test', script: { type: 'text/javascript', exec: lines } }];

/** The collection: a folder per tag, and a folder of what must not work without a token. */
export function collectionOf({ info, tags, paths }: ApiDocument): object {
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .sort((a, b) => METHODS.indexOf(a.method) - METHODS.indexOf(b.method));
  const folders = [...tags].sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name)).map(({ name, description }) => ({
    name, description,
    item: operations.filter(({ operation }) => operation.tags.includes(name)).map(({ path, method, operation }) => ({
      name: `${method.toUpperCase()} ${path}: ${operation.summary}`,
      request: requestOf(path, method, operation, operation.security.length > 0),
      event: script(testsOf(path, method, operation)),
      // Where it leads is another site's.
      ...('303' in operation.responses ? { protocolProfileBehavior: { followRedirects: false } } : {}),
    })),
  }));
  const locked = operations.filter(({ operation }) => operation.security.length > 0).map(({ path, method, operation }) => ({
    name: `${method.toUpperCase()} ${path} without a token`,
    request: requestOf(path, method, operation, false),
    event: script(["pm.test('is refused', () => {", '  pm.expect(pm.response.code).to.equal(401);', "  pm.expect(pm.response.headers.get('www-authenticate')).to.equal('Bearer');", '});']),
  }));
  return {
    info: { name: info.title, description: info.description, schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    item: [...folders, { name: 'without a token', description: 'Everything that asks for one refuses whoever has none.', item: locked }],
    variable: [
      { key: 'baseUrl', value: 'http://localhost:8080' }, { key: 'token', value: '' }, { key: 'operatorToken', value: '' }, { key: 'symbol', value: 'BTCUSDT' },
      { key: 'orderId', value: '00000000-0000-7000-8000-000000000000' }, { key: 'clientOrderId', value: 'example-1' },
    ],
  };
}
