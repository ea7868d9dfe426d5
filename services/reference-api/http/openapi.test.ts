import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiDocument } from './document';
import { RATE_CLASSES } from './route';
import { call, Harness, type Task } from '../testing/harness';

type Operation = Readonly<Record<string, unknown>> & {
  readonly 'operationId': string; readonly 'x-scope': string; readonly 'x-rate-class': string; readonly 'security': readonly unknown[];
  readonly 'responses': Readonly<Record<string, unknown>>; readonly 'requestBody'?: { readonly content: Record<string, { readonly schema: Record<string, unknown> }> };
  readonly 'parameters'?: readonly { readonly name: string; readonly in: string }[];
};
type Document = {
  readonly openapi: string; readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
};

let harness: Harness;
let task: Task;
let document: Document;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  document = (await call(task, 'GET', '/v1/openapi.json')).body as unknown as Document;
});
afterAll(() => harness.stop());

const operations = (): [string, string, Operation][] => Object.entries(document.paths)
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]));

test('it describes every route, and nothing else', () => {
  const served = task.api.routes.map(({ method, path }) => `${method} ${path}`).sort();
  expect(operations().map(([method, path]) => `${method} ${path}`).sort()).toEqual(served);
  expect(new Set(served).size).toBe(served.length);
  expect(document.openapi).toBe('3.1.0');
  const ids = operations().map(([, , { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every route declares its scope, its rate class and strict schemas', () => {
  for (const route of task.api.routes) {
    const name = `${route.method} ${route.path}`;
    expect([name, ['public', 'read', 'trade', 'operate']]).toEqual([name, expect.arrayContaining([route.scope])]);
    expect([name, RATE_CLASSES]).toEqual([name, expect.arrayContaining([route.rate])]);
    // Only a probe is not counted, and what changes something is counted as that.
    expect([name, route.rate === 'none']).toEqual([name, route.path === '/health']);
    expect([name, route.scope === 'public' || ['read', 'order', 'cancel', 'operate'].includes(route.rate)]).toEqual([name, true]);
    if (route.method !== 'get' && route.scope !== 'public') expect([name, ['trade', 'operate']]).toEqual([name, expect.arrayContaining([route.scope])]);
    if (route.path.startsWith('/v1/admin/')) expect([name, route.scope]).toEqual([name, 'operate']);
    const unknown = route.query.safeParse({ 'no-such-field': '1' });
    expect([name, unknown.success]).toEqual([name, false]);
    if (route.body) expect([name, route.body.safeParse({ 'no-such-field': '1' }).success]).toEqual([name, false]);
    expect([name, Object.keys(route.answers).length > 0]).toEqual([name, true]);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
    expect([name, route.params.safeParse(Object.fromEntries(inPath.map((one) => [one, 'x']))).success]).toEqual([name, true]);
  }
});

test('what is not a route is not answered, and what is needs a token unless it is public', async () => {
  for (const route of task.api.routes) {
    const path = route.path.replaceAll(/\{\w+\}/g, 'x');
    const { status } = await call(task, route.method.toUpperCase(), path, { body: route.body ? {} : undefined });
    expect([route.method, path, status === 401]).toEqual([route.method, path, route.scope !== 'public']);
  }
});

test('bodies, parameters, problems and security are what the routes have', () => {
  for (const [method, path, operation] of operations()) {
    const route = task.api.routes.find((one) => one.method === method && one.path === path)!;
    expect([path, operation['x-scope'], operation['x-rate-class']]).toEqual([path, route.scope, route.rate]);
    expect([path, operation.security.length]).toEqual([path, route.scope === 'public' ? 0 : 1]);
    expect([path, operation.requestBody !== undefined]).toEqual([path, route.body !== undefined]);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['429', '500', ...Object.keys(route.answers)]));
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect([path, (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name)]).toEqual([path, inPath]);
  }
  const place = document.paths['/v1/orders'].post.requestBody!.content['application/json'].schema;
  expect(place).toMatchObject({
    additionalProperties: false, required: ['symbol', 'side', 'type'], properties: { side: { enum: ['buy', 'sell'] }, price: { type: 'string', maxLength: 40 } },
  });
});

test('every reference leads somewhere, and nothing of the server shows', () => {
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) expect(document.components.schemas).toHaveProperty(name);
  expect(text).not.toMatch(/#\/\$defs|node_modules|\/work\/|function/);
  expect(document.components.schemas).toHaveProperty('Problem');
});

test('the documentation page is ours, with a policy without exceptions', async () => {
  const response = await fetch(`${task.url}/v1/docs`);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(html).not.toMatch(/https?:\/\/|<script>|<style|\sstyle=/);
  for (const file of ['docs.js', 'docs.css']) expect((await fetch(`${task.url}/${file}`)).status).toBe(200);
});

test('what the documentation has of it is as the routes are now (npm run generate:api)', () => {
  const folder = join(__dirname, '../../../docs/api');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  expect(read('openapi.json')).toEqual(JSON.parse(JSON.stringify(apiDocument())));
  expect(JSON.parse(JSON.stringify(apiDocument()))).toEqual(document);
  const collection = read('postman-collection.json') as { item: { name: string; item: unknown[] }[] };
  expect(collection.item.reduce((sum, { name, item }) => sum + (name === 'without a token' ? 0 : item.length), 0)).toBe(task.api.routes.length);
});
