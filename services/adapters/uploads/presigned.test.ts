/** Presigned requests against a stand-in of S3 that checks signatures and policies by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { PresignedObjects, type UploadForm } from './presigned';
import { startFauxqs } from '../../../local/servers/fauxqs';

const SITE = 'https://trade.example.com';
const RULES = { key: 'screenshots/alice/one', contentType: 'image/png', maxBytes: 1_000, seconds: 300 };
let dir: string;
let server: Awaited<ReturnType<typeof startFauxqs>>;
let s3: S3Client;
let objects: PresignedObjects;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'presigned-'));
  server = await startFauxqs({ dataDir: dir });
  s3 = new S3Client({ region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'key', secretAccessKey: 'key' } });
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures' }));
  await s3.send(new PutBucketCorsCommand({
    Bucket: 'pictures', CORSConfiguration: { CORSRules: [{ AllowedOrigins: [SITE, 'https://*.example.net'], AllowedMethods: ['POST'] }] },
  }));
  objects = new PresignedObjects(s3, 'pictures');
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Changes {
  readonly file?: Buffer;
  readonly change?: Record<string, string>;
  readonly origin?: string;
}

async function send({ url, fields }: UploadForm, options: Changes = {}): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...options.change })) body.append(name, value);
  body.append('file', new Blob([new Uint8Array(options.file ?? Buffer.alloc(10, 1))]));
  return fetch(url, { method: 'POST', body, headers: options.origin === undefined ? {} : { origin: options.origin } });
}

test('what the form allows is taken, and read by an address that ends', async () => {
  expect((await send(await objects.form(RULES))).status).toBe(204);
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'pictures', Key: RULES.key }));
  expect([stored.ContentType, stored.ContentLength]).toEqual(['image/png', 10]);
  const { url, expiresAt } = await objects.readAddress(RULES.key, 60);
  const answer = await fetch(url);
  expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 10]);
  expect(expiresAt).toBeGreaterThan(Date.now() + 55_000);
  expect(new URL(url).origin).toBe(await objects.origin());
});

test.each<[string, Parameters<typeof send>[1], number, RegExp]>([
  ['another key', { change: { key: 'screenshots/bob/one' } }, 403, /Policy Condition failed/],
  ['a key below it', { change: { key: `${RULES.key}/more` } }, 403, /Policy Condition failed/],
  ['another content type', { change: { 'Content-Type': 'text/html' } }, 403, /Policy Condition failed/],
  ['a field that nobody signed', { change: { 'x-amz-meta-a': 'b' } }, 403, /Extra input fields/],
  ['a longer policy', { change: { policy: Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64') } }, 403, /SignatureDoesNotMatch/],
  ['no policy', { change: { policy: '' } }, 403, /AccessDenied/],
  ['a byte too many', { file: Buffer.alloc(1_001) }, 400, /EntityTooLarge/],
  ['nothing', { file: Buffer.alloc(0) }, 400, /EntityTooSmall/],
])('%s is refused', async (_, options, status, code) => {
  const answer = await send(await objects.form(RULES), options);
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(code)]);
});

test('a form and an address end', async () => {
  const before = new Date(Date.now() - 301_000);
  expect(await (await send(await objects.form(RULES, before))).text()).toMatch(/Policy expired/);
  expect((await fetch((await objects.readAddress(RULES.key, 300, before)).url)).status).toBe(403);
});

test('an address is for its object only, and nothing is read without one', async () => {
  const { url } = await objects.readAddress(RULES.key, 60);
  expect((await fetch(url.replace('alice', 'bob'))).status).toBe(403);
  expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(403);
  expect((await fetch(`${server.url}/pictures/${RULES.key}`)).status).toBe(403);
});

test('pages of the named origins may send forms, others may not', async () => {
  for (const [origin, allowed] of [[SITE, true], ['https://a.example.net', true], ['https://evil.example.org', false], ['https://trade.example.com.evil.org', false]] as const) {
    const preflight = await fetch(`${server.url}/pictures`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect([origin, preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([origin, allowed ? 200 : 403, allowed ? origin : null]);
    expect((await send(await objects.form(RULES), { origin })).headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
  }
});

test('in AWS: the bucket\'s own name, and the token of a role', async () => {
  const client = new S3Client({ region: 'eu-west-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' } });
  const there = new PresignedObjects(client, 'my-pictures');
  const now = new Date('2026-01-02T03:04:05.678Z');
  expect(await there.origin()).toBe('https://my-pictures.s3.eu-west-1.amazonaws.com');
  const { url, fields } = await there.form({ ...RULES, key: 'a/b' }, now);
  expect([url, fields['x-amz-security-token'], fields['x-amz-credential'], fields['x-amz-date']])
    .toEqual(['https://my-pictures.s3.eu-west-1.amazonaws.com/', 'token', 'AKIDEXAMPLE/20260102/eu-west-1/s3/aws4_request', '20260102T030405Z']);
  const address = new URL((await there.readAddress('a/b', 60, now)).url);
  expect([address.pathname, address.searchParams.get('X-Amz-Security-Token'), address.searchParams.get('X-Amz-Expires')]).toEqual(['/a/b', 'token', '60']);
  // As @aws-sdk/s3-request-presigner 3.1162.0 signs the same request.
  expect(address.searchParams.get('X-Amz-Signature')).toBe('f42facf674c3aaa4678b93f65544ff284225df6a01e5c7e25f5eac5f4b5a2265');
  client.destroy();
});
