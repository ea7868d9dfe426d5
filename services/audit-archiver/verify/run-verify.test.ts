import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { readVerifyFlags, textOf } from './run-verify';
import { projectNode } from '../../../local/servers/environment';
import { AuditArchive } from '../../adapters/audit/archive';
import { AuditTrail } from '../../adapters/audit/audit-trail';
import { AuditStore } from '../../adapters/audit/testing/audit-store';

const root = join(__dirname, '../../..');
const store = new AuditStore();
let folder: string;
beforeAll(() => store.start());
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'verify-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => store.stop());

/** The command as a person runs it. @returns its exit code and what it wrote */
function run(...args: string[]): { code: number; output: string } {
  try {
    const output = execFileSync(projectNode(), [join(root, 'node_modules/tsx/dist/cli.mjs'), join(__dirname, 'main.ts'), ...args], {
      encoding: 'utf8', stdio: 'pipe', cwd: folder,
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, output: stdout + stderr };
  }
}

test('the trail of a platform that runs here: whole, and not after something is gone', async () => {
  const [table, bucket] = [await store.table(), await store.bucket()];
  const trail = new AuditTrail({ client: store.dynamodb, table, writer: 'test' });
  const entries = [];
  for (const action of ['halt', 'open', 'halt']) entries.push(await trail.add({ entity: 'instrument/BTCUSDT', actor: 'operator', action, outcome: 'ok' }));
  await new AuditArchive(store.s3, bucket).write(entries);
  writeFileSync(join(folder, 'platform.json'), JSON.stringify({
    environment: { ...store.environment, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    resources: {
      'Exchange-Primary-Data/AuditArchive1': { type: 'AWS::S3::Bucket', ref: bucket }, 'Exchange-Primary-Data/Audit1': { type: 'AWS::DynamoDB::GlobalTable', ref: table },
    },
  }));
  expect(run('--local', folder)).toEqual({ code: 0, output: '3 entries in the table, 3 in the archive, 1 chains, 0 too new for the archive\nwhole\n' });
  const [, { entity, timestampEventId }] = entries;
  await store.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { entity: { S: entity }, timestampEventId: { S: timestampEventId } } }));
  const { code, output } = run('--local', folder, '--json');
  expect(code).toBe(1);
  expect((JSON.parse(output) as { problems: { problem: string }[] }).problems.map(({ problem }) => problem)).toEqual([
    'is in the archive and no more in the table: it was removed',
  ]);
});

test('says what is missing', () => {
  expect(run('--local', folder)).toMatchObject({ code: 1, output: expect.stringContaining('no platform runs with the data folder') as string });
  expect(run('--help')).toMatchObject({ code: 0, output: expect.stringContaining('--bucket') as string });
  expect(() => readVerifyFlags([])).toThrow('--table is missing');
  expect(readVerifyFlags(['--table', 'x'])).toEqual({ table: 'x', bucket: undefined, json: false, environment: {} });
  expect(textOf({ table: 1, chains: 1, waiting: 0, problems: [{ chain: 'a', sequence: 1, problem: 'is gone' }] }))
    .toBe('1 entries in the table, the archive was not looked at, 1 chains, 0 too new for the archive\na 1 is gone\n1 problems');
});
