/** What images are built on is said in images.json alone, and a digest is what a registry gave. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImages, referenceOf } from '../../scripts/images/images';
import { digestOf } from '../../scripts/images/registry';
import { resolved } from '../../scripts/resolve-images';

const root = join(__dirname, '../..');
const images = readImages(root);
const dockerfiles = (readdirSync(join(root, 'services'), { recursive: true }) as string[]).filter((file) => /(^|\/)Dockerfile$/.test(file)).sort();
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('there are Dockerfiles', () => {
  expect(dockerfiles.length).toBeGreaterThanOrEqual(8);
});

describe.each(dockerfiles)('%s', (file) => {
  const lines = linesOf(readFileSync(join(root, 'services', file), 'utf8'));
  const values = (instruction: string) => lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  test('stands on the one base, which is an argument', () => {
    const { image, tag } = images.service;
    expect(values('ARG')).toEqual([`BASE_IMAGE=${image}:${tag}`]);
    expect(values('FROM')).toEqual(['${BASE_IMAGE}']);
  });

  test('runs as nobody, has files of the administrator and no shell in any instruction', () => {
    expect(values('USER')).toEqual(['10001:10001']);
    for (const copied of values('COPY')) expect(copied).toMatch(/^--chown=root:root /);
    expect([...values('ADD'), ...values('RUN'), ...values('SHELL')]).toEqual([]);
    for (const command of [...values('CMD'), ...values('ENTRYPOINT')]) expect(Array.isArray(JSON.parse(command))).toBe(true);
  });

  test('holds no secret and finds Node.js where distroless has it', () => {
    expect(values('ENV').join(' ')).not.toMatch(/token|secret|password|key/i);
    expect(values('ENV').join(' ')).toMatch(/PATH=\/nodejs\/bin:/);
  });
});

test('services stand on distroless Node.js of the version that the project runs on', () => {
  const { node } = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }).devDependencies;
  expect(images.service.image).toMatch(new RegExp(`/distroless/nodejs${node.split('.')[0]}-`));
});

test('other places that name an image name one of the file', () => {
  const named = (file: string, expression: RegExp) => expression.exec(readFileSync(join(root, file), 'utf8'))?.[1];
  const tagged = ({ image, tag }: { image: string; tag: string }) => `${image}:${tag}`;
  expect(named('src/constructs/compute/hardened-task.ts', /COLLECTOR_IMAGE = '([^']+)'/)).toBe(tagged(images.collector));
  expect(named('scripts/compose/services.ts', /FROM (\S+?)\\n/)).toBe(tagged(images.function));
});

describe('a registry', () => {
  const body = Buffer.from('{"schemaVersion":2}');
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  let server: Server;
  let host: string;
  let says: string | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url?.startsWith('/token')) return void response.end(JSON.stringify({ token: 'anybody' }));
      if (request.url?.includes('/gone/')) return void response.writeHead(404).end();
      if (request.headers.authorization !== 'Bearer anybody') {
        return void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="x",scope="repository:a/b:pull"` }).end();
      }
      response.writeHead(200, says === undefined ? {} : { 'docker-content-digest': says }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => { says = digest; });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const ask = (path: string) => digestOf({ image: `${host}/${path}`, tag: 'nonroot' }, { scheme: 'http', timeoutMs: 5_000 });

  test('is asked as anybody may, and the digest is that of what came', async () => {
    expect(await ask('a/b')).toBe(digest);
    says = undefined;
    expect(await ask('a/b')).toBe(digest);
  });

  test('that says another digest, or has no such image, is not believed', async () => {
    says = `sha256:${'0'.repeat(64)}`;
    await expect(ask('a/b')).rejects.toThrow('could not be read: it says sha256:000');
    await expect(ask('gone/b')).rejects.toThrow('could not be read: it answered 404');
  });

  test('that cannot be reached leaves the file as it is: all digests or none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'images-'));
    try {
      const unreachable = { ...images.service, image: 'registry.invalid/a/b' };
      writeFileSync(join(folder, 'images.json'), JSON.stringify({ service: unreachable }));
      await expect(resolved(folder, '2026-11-21', { timeoutMs: 5_000 })).rejects.toThrow('registry.invalid/a/b:nonroot could not be read');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('a digest is part of the reference, and only one of the right form is taken', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  expect(referenceOf({ ...images.service, digest })).toBe(`${images.service.image}:${images.service.tag}@${digest}`);
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  try {
    writeFileSync(join(folder, 'images.json'), JSON.stringify({ service: { ...images.service, digest: 'sha256:abc' } }));
    expect(() => readImages(folder)).toThrow(/digest/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
