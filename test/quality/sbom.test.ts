/** Bills of materials say what is in the bundles, and keep the schema of CycloneDX. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { projectNode } from '../../local/servers/environment';
import { readManifests } from '../../scripts/generate-services/manifest';
import { readImages } from '../../scripts/images/images';
import { bomOf, purlOf } from '../../scripts/sbom/bom';
import { packagesIn } from '../../scripts/sbom/contents';

interface Component {
  'name': string;
  'version'?: string;
  'type': string;
  'purl'?: string;
  'hashes'?: { alg: string; content: string }[];
  'licenses'?: unknown[];
  'bom-ref': string;
}
interface Bom {
  serialNumber: string;
  metadata: { component: Component };
  components?: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

const root = join(__dirname, '../..');
const schemas = join(root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
const schema = (name: string) => JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
// Two formats of a later draft than ajv knows; what they would check is no part of what we write.
const ajv = addFormats(new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } }));
for (const part of ['spdx', 'jsf-0.82']) ajv.addSchema({ ...schema(part), $id: `http://cyclonedx.org/schema/${part}.SNAPSHOT.schema.json` });
const keeps = ajv.compile(schema('bom-1.6'));
const manifests = readManifests(root);
const base = readImages(root).service;

let folder: string;
const read = (file: string): Bom => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bom;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  execFileSync(projectNode(), [join(root, 'node_modules/tsx/dist/cli.mjs'), 'scripts/sbom.ts', '--json', '--out', folder], { cwd: root, timeout: 120_000 });
}, 150_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every image, every function and the package has one', () => {
  const wanted = manifests.map(({ kind, name }) => `${kind === 'container' ? 'image' : 'function'}-${name}.cdx.json`);
  expect(readdirSync(folder).sort()).toEqual([...wanted, 'package-cdk-trading-platform.cdx.json'].sort());
});

test('each keeps the schema of CycloneDX 1.6, and the schema finds what does not', () => {
  for (const file of readdirSync(folder)) {
    keeps(read(file));
    expect({ file, faults: keeps.errors ?? [] }).toEqual({ file, faults: [] });
  }
  expect(keeps({ ...read('function-settlement.cdx.json'), specVersion: '1.6', components: [{ type: 'nothing', name: 'x' }] })).toBe(false);
});

test('parts have a version, a package URL, a license and the digest that the lock file asks for', () => {
  const { components = [] } = read('function-settlement.cdx.json');
  for (const part of components) {
    expect(part).toMatchObject({ version: expect.stringMatching(/^\d/) as string, purl: expect.stringMatching(/^pkg:npm\//) as string });
    expect(part.licenses).toHaveLength(1);
    expect(part.hashes).toMatchObject([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string }]);
  }
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['pg', 'pino', 'zod']));
});

test('they list what is in a bundle and nothing else of the lock file', () => {
  const names = (file: string) => (read(file).components ?? []).map(({ name }) => name);
  expect(names('function-user-service.cdx.json')).toContain('@aws-sdk/client-dynamodb');
  for (const absent of ['aws-cdk-lib', 'esbuild', 'ioredis', 'express', 'dynalite']) expect(names('function-user-service.cdx.json')).not.toContain(absent);
  expect(names('image-reference-matcher.cdx.json')).toContain('@grpc/grpc-js');
  expect(names('package-cdk-trading-platform.cdx.json')).toEqual(expect.arrayContaining(['aws-cdk-lib', 'cdk-nag', 'pg', 'ioredis', 'express']));
});

test('images name what they are built on, by the digest when it is known', () => {
  const { components = [] } = read('image-streamer.cdx.json');
  expect(components.filter(({ type }) => type === 'container')).toMatchObject([{ name: base.image, version: base.digest ?? base.tag }]);
  const digest = `sha256:${'ab'.repeat(32)}`;
  const bom = JSON.parse(bomOf({ kind: 'image', name: 'x', version: '1', parts: [], base: { ...base, digest } })) as Bom;
  expect(bom.components).toMatchObject([{ version: digest, hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }] }]);
});

test('everything that is listed is a dependency of what it is listed for', () => {
  for (const file of readdirSync(folder)) {
    const { metadata, components = [], dependencies } = read(file);
    const own = dependencies.find(({ ref }) => ref === metadata.component['bom-ref']);
    expect([...own?.dependsOn ?? []].sort()).toEqual(components.map((part) => part['bom-ref']).sort());
  }
});

test('the same contents make the same file, others another', () => {
  const of = (version: string) => bomOf({ kind: 'function', name: 'x', version: '1', parts: [{ name: '@scope/part', version, license: 'MIT OR Apache-2.0' }] });
  expect(of('1.0.0')).toBe(of('1.0.0'));
  expect((JSON.parse(of('1.0.0')) as Bom).serialNumber).not.toBe((JSON.parse(of('1.0.1')) as Bom).serialNumber);
  expect(keeps(JSON.parse(of('1.0.0')))).toBe(true);
  expect(purlOf({ name: '@scope/part', version: '1.0.0' })).toBe('pkg:npm/%40scope/part@1.0.0');
});

test('code that the bundler left out is not in', () => {
  const inputs = {
    'node_modules/a/x.js': { bytesInOutput: 1 },
    'node_modules/b/x.js': { bytesInOutput: 0 },
    'node_modules/@s/c/node_modules/d/x.js': { bytesInOutput: 2 },
    'services/x.ts': { bytesInOutput: 3 },
  };
  expect(packagesIn({ outputs: { 'main.js': { inputs } as never } })).toEqual(['node_modules/@s/c/node_modules/d', 'node_modules/a']);
});
