/** Requests made of the OpenAPI document alone: well-formed, nearly so, and not at all. */
import fc from 'fast-check';

/** A JSON Schema as the document has it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A request to be sent as it is. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Values that have broken other people's servers. */
const NASTY = fc.constantFrom<unknown>(
  null, true, false, 0, -0, -1, 1e308, 9007199254740993, '', ' ', '\u0000', 'NaN', 'Infinity', '-0', '1e309', '0x10', '١٢', '1'.repeat(400), '\ud800', '🦀'.repeat(50),
  '__proto__', 'constructor', "' OR 1=1 --", '${7*7}', '../../../etc/passwd', '<script>', '\r\nx: y', [], {}, [[[[]]]], { __proto__: null }, { toString: 1 }, { length: -1 },
);

/** Values that the schema describes, or seems to. */
function fitting(schema: Schema, document: OpenApi, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(document.components.schemas[schema.$ref.split('/').pop()!], document, depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => fitting(one, document, depth + 1)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, fitting(one, document, depth + 1)]));
      return fc.record(properties, { requiredKeys: [...schema.required ?? []] });
    }
    case 'array': return fc.array(fitting(schema.items ?? {}, document, depth + 1), { maxLength: Math.min(schema.maxItems ?? 3, 60), size: 'small' });
    case 'integer': return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 100_000, 2 ** 31 - 1) });
    case 'number': return fc.double();
    case 'boolean': return fc.boolean();
    case 'string': return text(schema);
    default: return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ examples = [], pattern, format, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  const likely = ['BTCUSDT', 'ETHUSDT', 'USDT', '1', '0.5', '30000.1', '0.00000001', '9999999999999999', 'x', ...examples.map(String)];
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...likely) },
    { weight: format === 'uuid' ? 3 : 1, arbitrary: fc.uuid() },
    { weight: pattern ? 2 : 1, arbitrary: fc.nat().map(String) },
    { weight: 1, arbitrary: fc.string({ maxLength: maxLength + 2, unit: 'binary' }) },
  );
}

/** Breaks a value somewhere: another value, a field too many, one too few. */
function broken(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, NASTY, fc.nat(), fc.constantFrom('replace', 'add', 'remove', 'whole')).map(([whole, nasty, at, how]) => {
    if (typeof whole !== 'object' || whole === null || how === 'whole') return nasty;
    const keys = Object.keys(whole);
    const key = keys[at % Math.max(1, keys.length)];
    const entries = Object.entries(whole);
    if (how === 'add') return Object.fromEntries([...entries, [['__proto__', 'accountId', 'x', 'constructor'][at % 4], nasty]]);
    if (how === 'remove') return Object.fromEntries(entries.filter(([name]) => name !== key));
    return Object.fromEntries(entries.map(([name, one]) => [name, name === key ? nasty : one]));
  });
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
const encode = (value: string): string => encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));

/** Bodies as bytes on the wire: JSON, nearly JSON, and noise. */
function bodies(schema: Schema, document: OpenApi): fc.Arbitrary<string> {
  const value = fitting(schema, document);
  return fc.oneof(
    { weight: 4, arbitrary: value.map((one) => JSON.stringify(one)) },
    { weight: 6, arbitrary: broken(value).map((one) => JSON.stringify(one) ?? '') },
    {
      weight: 1, arbitrary: value.chain((one) => {
        const json = JSON.stringify(one);
        return fc.nat({ max: json.length }).map((length) => json.slice(0, length));
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom('', '{', '[]', 'null', '{"a":'.repeat(500), `"${'x'.repeat(17_000)}"`, '{"symbol":"BTCUSDT","symbol":"ETHUSDT"}', '\ufeff{}') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  );
}

/** Header names and values that travel, whatever they say. */
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1, arbitrary: fc.record({
      'prefer': fc.constantFrom('wait=1', 'wait=99999999', 'wait=-1', 'wait=', 'respond-async, wait=5', 'x'.repeat(500)),
      'idempotency-key': fc.constantFrom('k', 'x'.repeat(40), ' ', 'a b', '%00'),
      'content-type': fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'application/json', 'application/xml', 'application/json;;'),
      'content-encoding': fc.constantFrom('gzip', 'identity', 'br'),
      'x-forwarded-for': fc.constantFrom('1.2.3.4', 'x'.repeat(2_000), ',,,', '::1', '999.1.1.1'),
      'cookie': fc.constant('a=b'.repeat(200)),
      'x-http-method-override': fc.constant('DELETE'),
    }, { requiredKeys: [] }),
  },
);

/** Requests for the operations of a document. */
export function requestsOf(document: OpenApi): fc.Arbitrary<FuzzRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => (
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))));
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const { parameters = [], requestBody } = operation;
    const schema = requestBody?.content['application/json'].schema;
    const inPath = parameters.filter((one) => one.in === 'path');
    const inQuery = parameters.filter((one) => one.in === 'query');
    const oneOf = (of: Schema): fc.Arbitrary<string> => fc.oneof(fitting(of, document).map(asText), NASTY.map(asText));
    return fc.record({
      params: fc.tuple(...inPath.map((one) => oneOf(one.schema))),
      query: fc.record(Object.fromEntries(inQuery.map((one) => [one.name, fc.oneof({ weight: 3, arbitrary: oneOf(one.schema) }, { weight: 1, arbitrary: fc.constant('') })])), { requiredKeys: [] }),
      extra: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom('limit=1&limit=2', '__proto__=1', 'x[]=1', '=', '&&', '%') }),
      headers,
      body: schema ? bodies(schema, document) : fc.option(fc.constantFrom('{}', 'x'), { nil: undefined, freq: 5 }),
    }).map((made) => {
      const filled = inPath.reduce((whole, { name }, i) => whole.replace(`{${name}}`, encode(made.params[i]).slice(0, 2_000) || '%20'), path);
      const pairs = Object.entries(made.query).map(([name, value]) => `${encode(name)}=${encode(String(value)).slice(0, 2_000)}`);
      const query = [...pairs, ...(made.extra ? [made.extra] : [])].join('&');
      return {
        method: method.toUpperCase(), path: query ? `${filled}?${query}` : filled,
        headers: { ...(made.body === undefined ? {} : { 'content-type': 'application/json' }), ...made.headers },
        ...(made.body === undefined || method === 'get' ? {} : { body: made.body }),
      };
    });
  });
}
