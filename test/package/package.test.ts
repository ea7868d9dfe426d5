/**
 * What `npm pack` makes, installed in an empty TypeScript app as a platform team would: it type-checks, and one line
 * synthesises a whole system. Oldest supported aws-cdk-lib always; the newest known one too with FULL=1.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const bin = (name: string, path: string) => join(dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)), path);
const MINUTES = 60_000;

const LIBRARIES = process.env.FULL === '1' ? ['2.271.0', '2.276.0'] : ['2.271.0'];

const APP = `
import { App } from 'aws-cdk-lib';
import { RealtimeSimulator } from 'cdk-trading-platform';

const app = new App();
new RealtimeSimulator(app, 'Simulator');
app.synth();
`;

let folder: string;
let tarball: string;

function npm(args: readonly string[], cwd: string): string {
  // Options of the npm that runs this test must not reach the one that it starts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config_ignore|config_omit|lifecycle|package)/.test(name)));
  return execFileSync('npm', [...args], { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-pack-'));
  if (!existsSync(join(root, 'lib/index.js')) || !existsSync(join(root, '.jsii'))) {
    execFileSync(process.execPath, [bin('jsii', 'bin/jsii'), '--silence-warnings=reserved-word'], { cwd: root, stdio: 'inherit' });
  }
  const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)) as { filename: string }[];
  tarball = join(folder, packed.filename);
}, 3 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds the compiled library, the bundles and no sources', () => {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n').map((file) => file.replace(/^package\//, ''));
  for (const wanted of ['lib/index.js', 'lib/index.d.ts', '.jsii', 'API.md', 'README.md', 'LICENSE']) expect(files).toContain(wanted);
  for (const service of readdirSync(join(root, 'services')).filter((name) => existsSync(join(root, 'services', name, 'service.json')))) {
    expect(files).toContain(`assets/${service}/main.js`);
  }
  expect(files.filter((file) => /^(src|services|local|test|bench|node_modules)\//.test(file))).toEqual([]);
});

test.each(LIBRARIES)('an empty app synthesises a system from it with aws-cdk-lib %s', (version) => {
  const app = join(folder, `app-${version}`);
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  writeFileSync(join(app, 'app.ts'), APP);
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'node16', moduleResolution: 'node16', strict: true, skipLibCheck: false, types: ['node'] },
    files: ['app.ts'],
  }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, `aws-cdk-lib@${version}`, 'constructs@10.8.1', 'cdk-nag@3.0.2',
    'typescript@5.9.3', '@types/node@20'], app);
  execFileSync(process.execPath, [join(app, 'node_modules/typescript/bin/tsc')], { cwd: app, stdio: 'inherit' });
  const out = join(app, 'cdk.out');
  execFileSync(process.execPath, ['app.js'], { cwd: app, stdio: 'inherit', env: { ...process.env, CDK_OUTDIR: out } });

  const types = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.template.json'))
    .flatMap((file) => {
      const template = JSON.parse(readFileSync(join(out, file), 'utf8')) as { Resources?: Record<string, { Type: string }> };
      return Object.values(template.Resources ?? {}).map((resource) => resource.Type);
    });
  for (const wanted of ['AWS::EC2::VPC', 'AWS::RDS::DBCluster', 'AWS::Kinesis::Stream', 'AWS::ECS::Service', 'AWS::Lambda::Function']) {
    expect(types).toContain(wanted);
  }
}, 8 * MINUTES);
