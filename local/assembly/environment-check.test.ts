import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkEnvironment } from './environment-check';
import type { ManifestValue } from './manifest';
import { PROJECT_ROOT } from '../servers/environment';

const check = (declared: ManifestValue, value: string): string => {
  try {
    checkEnvironment({ name: 'x', kind: 'container', environment: { VALUE: declared } }, { VALUE: value }, 'Stack/Service');
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each<[ManifestValue, string[], string[]]>([
  [{ kind: 'string' }, ['', 'x'], []],
  [{ kind: 'enum', values: ['a', 'b'] }, ['a'], ['c', '']],
  [{ kind: 'boolean' }, ['true', 'false'], ['TRUE', '1', '']],
  [{ kind: 'integer', minimum: 1, maximum: 9 }, ['1', '9'], ['0', '10', '1.5', '1e0', 'x', '']],
  [{ kind: 'port' }, ['1', '65535'], ['0', '65536', 'x']],
  [{ kind: 'list' }, ['a', 'a,b'], ['', 'a,,b']],
  [{ kind: 'json' }, ['[]', '{"a":1}'], ['{', '']],
  [{ kind: 'url' }, ['wss://host/path'], ['host']],
  [{ kind: 'stream' }, ['a-stream'], ['arn:aws:kinesis:r:a:stream/x', '']],
  [{ kind: 'streamConsumer' }, ['arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1'], ['c']],
  [{ kind: 'queue' }, ['http://127.0.0.1:1/000000000000/q.fifo', 'https://sqs.us-east-1.amazonaws.com/1/q'], ['q', 'arn:aws:sqs:r:a:q']],
  [{ kind: 'table' }, ['a-table'], ['', 'a b']],
  [{ kind: 'bucket' }, ['a-bucket'], ['A_Bucket']],
  [{ kind: 'cache' }, ['rediss://host:6379', 'redis://host:1'], ['host:6379', 'rediss://host', 'rediss://host:1/0']],
  [{ kind: 'secret' }, ['x'], ['']],
  [{ kind: 'secretArn' }, ['arn:aws:secretsmanager:us-east-1:000000000000:secret:x-abc'], ['x']],
  [{ kind: 'database', user: 'api' }, ['postgresql://api@host:5432/trading'],
    ['postgresql://api:pw@host:5432/trading', 'postgresql://other@host:5432/trading', 'postgresql://api@host/trading', 'postgresql://api@host:1', 'mysql://api@h:1/x']],
  [{ kind: 'databases', user: 'api' }, ['["postgresql://api@host:5432/trading"]', '["postgresql://api@a:1/x","postgresql://api@b:1/x"]'],
    ['[]', '', '{}', 'postgresql://api@host:5432/trading', '["postgresql://api@a:1/x","postgresql://other@b:1/x"]', '["postgresql://api:pw@a:1/x"]']],
  [{ kind: 'collector' }, ['http://127.0.0.1:4318'], ['127.0.0.1:4318']],
  [{ kind: 'metricsAddress' }, ['127.0.0.1:9464', '0.0.0.0:0'], ['9464', 'http://127.0.0.1:9464']],
  [{ kind: 'userPoolIssuer' }, ['https://localhost:1/pool'], ['http://localhost:1/pool', 'https://localhost']],
  [{ kind: 'userPoolClient' }, ['abc'], ['']],
])('values of the kind $kind', (declared, good, bad) => {
  for (const value of good) expect([value, check(declared, value)]).toEqual([value, 'ok']);
  for (const value of bad) expect([value, check(declared, value)]).toEqual([value, expect.stringContaining('Stack/Service does not fit services/x/service.json: VALUE ')]);
});

test('missing, malformed and unknown values come in one sentence; a secret is not shown', () => {
  const manifest = {
    name: 'x', kind: 'container', environment: { NEEDED: { kind: 'string' }, OPTIONAL: { kind: 'string', default: '' }, FLAG: { kind: 'boolean' }, TOKEN: { kind: 'secret' } },
  } as const;
  expect(() => checkEnvironment(manifest, { FLAG: 'yes', TOKEN: '', EXTRA: '1', AWS_REGION: 'x', NODE_OPTIONS: '' }, 'Stack/Service')).toThrow(
    'Stack/Service does not fit services/x/service.json: NEEDED is missing; FLAG is not true or false ("yes"); TOKEN is empty; EXTRA is not in the manifest; correct the template or the manifest.',
  );
});

test('every kind that a manifest of the project uses is known', () => {
  const root = join(PROJECT_ROOT, 'services');
  for (const name of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)) {
    let manifest: { environment: Record<string, ManifestValue> };
    try {
      manifest = jest.requireActual<typeof manifest>(join(root, name, 'service.json'));
    } catch {
      continue;
    }
    for (const declared of Object.values(manifest.environment)) expect(check(declared, '')).not.toContain('which is not known here');
  }
});
