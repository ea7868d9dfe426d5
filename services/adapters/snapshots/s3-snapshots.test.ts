import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Snapshots } from './s3-snapshots';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { awsClientSettings } from '../../runtime';

const Bucket = 'cold-storage';
let dir: string;
let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
let client: S3Client;
let snapshots: S3Snapshots;
let partition = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'snapshots-'));
  fauxqs = await startFauxqs({ dataDir: dir });
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_S3: fauxqs.url });
  client = new S3Client(awsClientSettings());
  await client.send(new CreateBucketCommand({ Bucket }));
  snapshots = new S3Snapshots({ bucket: Bucket, prefix: 'matcher-snapshots/', keepMs: 0 });
});

afterAll(async () => {
  client?.destroy();
  await snapshots?.close();
  await fauxqs?.stop();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => { partition += 1; });

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const save = (seq: number, store = snapshots): Promise<void> => (
  store.save({ partition, seq, position: String(seq), version: 1, state: bytes(`state ${seq}`) }));
const keys = async (): Promise<string[]> => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `matcher-snapshots/${partition}/` }));
  return Contents.map(({ Key = '' }) => Key).sort();
};
const newest = async (): Promise<{ Key: string; data: Buffer }> => {
  const Key = (await keys()).at(-1)!;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return { Key, data: Buffer.from(await Body!.transformToByteArray()) };
};

test('there is none at first; what was saved last is loaded', async () => {
  expect(await snapshots.load(partition)).toBeUndefined();
  expect(await snapshots.newestAt(partition)).toBeUndefined();
  const state = bytes(Array.from({ length: 50_000 }, (_, i) => String.fromCharCode(i)).join('\n'));
  const before = Date.now();
  await snapshots.save({ partition, seq: 9, position: '49', version: 1, state: bytes('old') });
  await snapshots.save({ partition, seq: 10, position: '4965', skip: 3, version: 2, upgradeTo: 3, state });
  const loaded = await snapshots.load(partition);
  expect({ ...loaded, state: loaded && new Uint8Array(loaded.state) }).toEqual({ partition, seq: 10, position: '4965', skip: 3, version: 2, upgradeTo: 3, state, savedAt: expect.any(Number) as number });
  expect(loaded!.savedAt).toBeGreaterThanOrEqual(before);
  expect(await snapshots.newestAt(partition)).toBe(loaded!.savedAt);
  expect(await snapshots.load(partition + 1_000)).toBeUndefined();
});

test('a state without a journal position is one, too', async () => {
  await snapshots.save({ partition, seq: 0, position: undefined, version: 1, state: bytes('') });
  expect(await snapshots.load(partition)).toMatchObject({ seq: 0, position: undefined });
});

test('the last three are kept, by sequence and not by length of the number', async () => {
  for (const seq of [8, 9, 10, 11, 100]) await save(seq);
  expect((await keys()).map((key) => Number(key.split('/')[2].slice(0, 16)))).toEqual([10, 11, 100]);
  const loaded = await snapshots.load(partition);
  expect([loaded?.seq, Buffer.from(loaded?.state ?? []).toString()]).toEqual([100, 'state 100']);
});

test('those that are young are kept as well, for as long as they are', async () => {
  const lasting = new S3Snapshots({ bucket: Bucket, prefix: 'matcher-snapshots/', keep: 1, keepMs: 600 });
  for (const seq of [1, 2, 3]) await save(seq, lasting);
  expect(await keys()).toHaveLength(3);
  await new Promise((resolve) => setTimeout(resolve, 700));
  await save(4, lasting);
  expect((await keys()).map((key) => Number(key.split('/')[2].slice(0, 16)))).toEqual([4]);
  await lasting.close();
});

test('damage is refused with the place in the journal and what to do, and nothing older is taken instead', async () => {
  await snapshots.save({ partition, seq: 5, position: '77', version: 1, state: bytes('good') });
  await snapshots.save({ partition, seq: 6, position: '78', version: 1, state: bytes('newer') });
  const { Key, data } = await newest();
  const put = (Body: Buffer): Promise<unknown> => client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const text = gunzipSync(data).toString();
  const cases: [Buffer, RegExp][] = [
    [gzipSync(text.replace(/newer$/, 'never')), /hash does not match; it stands at sequence 6, journal position 78\. Start a build .* or move the object away/],
    [gzipSync(text.replace('"format":2', '"format":3')), /format 3 cannot be read, this build knows 2; it stands at sequence 6/],
    [gzipSync(text.replace(`"partition":${partition}`, '"partition":0')), /of partition 0, not/],
    [gzipSync(text.slice(0, -1)), /it has 4 bytes of state, not 5/],
    [data.subarray(0, data.length - 9), /not a complete gzip file/],
    [gzipSync('nonsense'), /first line is not JSON/],
  ];
  for (const [body, message] of cases) {
    await put(body);
    await expect(snapshots.load(partition)).rejects.toThrow(message);
    await expect(snapshots.load(partition)).rejects.toMatchObject({ name: 'CorruptDataError', message: expect.stringContaining(Key) as string });
  }
});
