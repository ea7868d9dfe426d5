import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type Verification, verify } from './compare';
import { AuditArchive } from '../../adapters/audit/archive';
import { AuditTableReader } from '../../adapters/audit/audit-table';
import { awsClientSettings } from '../../runtime';

export const HELP = `npm run -s audit:verify -- --table <name> --bucket <name> [--json]
npm run -s audit:verify -- --local [folder] [--json]

Reads the audit table and its archive and looks for entries that were changed, removed, added or put in another order.

  --table    audit table
  --bucket   bucket of its archive; without it the chains of the table are looked at alone, and an end that was cut off is not seen
  --local    the platform that runs here instead; its data folder, unless it is .local, follows
  --json     what was found as JSON

Uses the credentials and the region of the environment; they need dynamodb:Scan, s3:ListBucket and s3:GetObject. Ends with 1 when something is wrong.`;

export interface VerifyFlags {
  readonly table: string;
  readonly bucket?: string;
  readonly json: boolean;
  /** Addresses, region and credentials of a platform that runs here. */
  readonly environment: Readonly<Record<string, string>>;
}

/** @returns undefined when help is asked for. @throws Error that says what is missing */
export function readVerifyFlags(args: readonly string[]): VerifyFlags | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { table: { type: 'string' }, bucket: { type: 'string' }, local: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return undefined;
  const json = values.json ?? false;
  if (values.local) return { ...localTrail(positionals[0] ?? '.local'), json };
  if (values.table === undefined) throw new Error('--table is missing; see --help');
  return { table: values.table, bucket: values.bucket, json, environment: {} };
}

export async function runVerify({ table, bucket, environment }: VerifyFlags): Promise<Verification> {
  Object.assign(process.env, environment);
  const dynamodb = new DynamoDBClient(awsClientSettings(10_000));
  const s3 = new S3Client({ ...awsClientSettings(10_000), forcePathStyle: environment.AWS_ENDPOINT_URL_S3 !== undefined });
  try {
    return await verify({
      table: new AuditTableReader(dynamodb, table).all(),
      archive: bucket === undefined ? undefined : new AuditArchive(s3, bucket).read(),
      now: Math.floor(Date.now() / 1_000),
    });
  } finally {
    dynamodb.destroy();
    s3.destroy();
  }
}

/** The answer for people. */
export function textOf({ table, archive, chains, waiting, problems }: Verification): string {
  const kept = archive === undefined ? 'the archive was not looked at' : `${archive} in the archive`;
  const found = problems.map(({ chain, sequence, problem }) => (chain === '' ? problem : `${chain} ${sequence} ${problem}`));
  return [
    `${table} entries in the table, ${kept}, ${chains} chains, ${waiting} too new for the archive`,
    ...found,
    problems.length === 0 ? 'whole' : `${problems.length} problems`,
  ].join('\n');
}

function localTrail(folder: string): Omit<VerifyFlags, 'json'> {
  let described: { environment: Record<string, string>; resources: Record<string, { type: string; ref: string }> };
  try {
    described = JSON.parse(readFileSync(join(folder, 'platform.json'), 'utf8')) as typeof described;
  } catch {
    throw new Error(`no platform runs with the data folder ${folder}; run npm start first`);
  }
  const find = (path: RegExp, type: string) => (
    Object.entries(described.resources).find(([at, resource]) => path.test(at) && resource.type === type)?.[1].ref);
  const table = find(/\/Audit/, 'AWS::DynamoDB::GlobalTable');
  if (table === undefined) throw new Error('this system has no audit table; MultiRegionExchange has one');
  return { table, bucket: find(/\/AuditArchive/, 'AWS::S3::Bucket'), environment: described.environment };
}
