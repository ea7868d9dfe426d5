import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HELP, readRelayFlags, runRelay } from './run-relay';
import { ConfigurationError } from '../../runtime';

const TRANSFER = '11111111-1111-4111-8111-111111111111';
let lambda: Server;
const calls: { path: string; body: unknown }[] = [];
let answers: { body: unknown; error?: string }[] = [];

beforeAll(async () => {
  // The one call of Lambda that it makes.
  lambda = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => { text += part.toString(); });
    request.on('end', () => {
      calls.push({ path: request.url ?? '', body: JSON.parse(text) });
      const { body, error } = answers.shift()!;
      response.writeHead(200, { 'content-type': 'application/json', ...(error ? { 'x-amz-function-error': error } : {}) }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x',
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
  });
});
afterAll(() => {
  lambda.closeAllConnections();
  lambda.close();
  delete process.env.AWS_ENDPOINT_URL_LAMBDA;
});
beforeEach(() => void calls.splice(0));

const run = (...args: string[]): Promise<number> => runRelay(readRelayFlags(['--function', 'settlement', ...args])!, () => undefined);

test('settlement is called until nothing is left, each time from where it stopped', async () => {
  answers = [{ relayed: 500, next: 7_000 }, { relayed: 500, next: 9_000 }, { relayed: 3 }].map((part) => ({ body: { partition: 2, ...part } }));
  await expect(run('--partition', '2', '--after', '40')).resolves.toBe(1_003);
  expect(calls.map(({ body }) => body)).toEqual([40, 7_000, 9_000].map((after) => ({ relay: { partition: 2, after } })));
  expect(calls[0].path).toBe('/2015-03-31/functions/settlement/invocations');
});

test('one transfer alone', async () => {
  answers = [{ body: { partition: 0, relayed: 1 } }];
  await expect(run('--transfer', TRANSFER)).resolves.toBe(1);
  expect(calls[0].body).toEqual({ relay: { partition: 0, transferId: TRANSFER } });
});

test('what settlement says is passed on, with the place', async () => {
  answers = [{ body: { partition: 0, relayed: 9, next: 12 } }, { body: { errorMessage: 'the journal did not confirm' }, error: 'Unhandled' }];
  await expect(run()).rejects.toThrow(/settlement stopped behind event 12: .*the journal did not confirm/);
});

test('everything that is wrong is named at once; help names every flag', () => {
  expect(() => readRelayFlags(['--partition', '70000', '--after', 'x', '--transfer', 'y'])).toThrow(ConfigurationError);
  expect(() => readRelayFlags(['--partition', '70000', '--after', 'x', '--transfer', 'y']))
    .toThrow(/--function is missing; --transfer must be a UUID, got "y"; --partition must be .* got "70000"; --after must be .* got "x"/);
  expect(readRelayFlags(['--help'])).toBeUndefined();
  for (const flag of ['function', 'partition', 'after', 'transfer']) expect(HELP).toContain(`--${flag} `);
});
