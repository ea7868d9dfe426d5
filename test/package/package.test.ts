/**
 * What `npm pack` makes, installed in an empty TypeScript app as a platform team would: it type-checks, and one line
 * synthesises a whole system. Oldest supported aws-cdk-lib always; the newest known one too with FULL=1.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/processes';
import { assemblyTypes, ensureCompiled, systems, undocumented } from '../../scripts/packaging/assembly';
import { createApp, leaks, pack, type Packed, requiredFiles, synthesise } from '../../scripts/packaging/packed';

const MINUTES = 60_000;
const FULL = process.env.FULL === '1';
const LIBRARIES = FULL ? ['2.271.0', '2.276.0'] : ['2.271.0'];

/** What every system has, whatever document it comes from. */
const COMMON = ['AWS::KMS::Key', 'AWS::Lambda::Function', 'AWS::CloudWatch::Alarm'];

let folder: string;
let packed: Packed;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-pack-'));
  ensureCompiled();
  packed = pack(folder);
}, 3 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds the compiled library, the bundles and their Dockerfiles', () => {
  expect(requiredFiles().filter((file) => !packed.files.includes(file))).toEqual([]);
});

test('the package holds no sources, no tests and no tools', () => {
  expect(leaks(packed.files)).toEqual([]);
});

test.each([
  'src/index.ts', 'services/domain/command.ts', 'test/generated.test.ts', 'lib/index.ts', 'lib/a.test.js', 'assets/streamer/main.test.js',
  '.projenrc.ts', 'node_modules/x/index.js', 'assets/setup/.env',
])('%s would be found in a package', (file) => {
  expect(leaks(['lib/index.js', file])).toEqual([file]);
});

test('every public member is documented, and API.md names every type', () => {
  expect(undocumented()).toEqual([]);
  const reference = readFileSync(join(root, 'API.md'), 'utf8');
  expect(assemblyTypes().filter(({ name }) => !reference.includes(`### ${name} <a`)).map(({ name }) => name)).toEqual([]);
});

test('the systems are found', () => {
  expect(systems()).toContain('RealtimeSimulator');
  expect(systems().filter((name) => name.endsWith('Stack'))).toEqual([]);
});

describe.each(LIBRARIES)('an empty app with aws-cdk-lib %s', (version) => {
  beforeAll(() => createApp(join(folder, `app-${version}`), packed.tarball, version), 5 * MINUTES);

  // The list is read here, before anything is compiled: a bare checkout has no .jsii yet and tests the one that is always there.
  test.each(FULL && existsSync(join(root, '.jsii')) ? systems() : ['RealtimeSimulator', 'GatewayExchange'])('synthesises %s', (system) => {
    const { types, stacks } = synthesise(join(folder, `app-${version}`), system);
    expect(stacks).toBeGreaterThan(0);
    expect(COMMON.filter((type) => !types.has(type))).toEqual([]);
  }, 5 * MINUTES);
});
