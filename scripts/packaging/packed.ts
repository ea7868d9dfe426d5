/** What `npm pack` makes of the library, and an app that has nothing but it. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../generate-services/manifest';
import { npm, root, run } from '../lib/processes';

export interface Packed {
  readonly tarball: string;
  /** Every file in it, without the leading `package/`. */
  readonly files: readonly string[];
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/** Packs the library as it stands into a folder. */
export function pack(folder: string): Packed {
  const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)) as { filename: string; unpackedSize: number }[];
  const tarball = join(folder, packed.filename);
  const files = run('tar', ['-tzf', tarball]).trim().split('\n').map((file) => file.replace(/^package\//, ''));
  return { tarball, files, packedBytes: statSync(tarball).size, unpackedBytes: packed.unpackedSize };
}

/** What must be in the package: the compiled library, its description, and each service's bundle with its Dockerfile. */
export function requiredFiles(): string[] {
  return [
    'package.json', 'lib/index.js', 'lib/index.d.ts', '.jsii', 'API.md', 'README.md', 'LICENSE',
    ...readManifests(root).flatMap(({ name, dockerfile }) => (
      [`assets/${name}/main.js`, ...(dockerfile === undefined ? [] : [`assets/${name}/${dockerfile}`])])),
  ];
}

/** Files that have no business in the package: sources, tests, tools, what the machine left behind. */
export function leaks(files: readonly string[]): string[] {
  return files.filter((file) => !/^(lib|assets)\//.test(file) ? !/^(package\.json|\.jsii|API\.md|README\.md|LICENSE|NOTICE|images\.json)$/.test(file)
    : /(\.test\.|__snapshots__|\.local\/|\.env$|\.pem$|\.tsbuildinfo$)/.test(file) || (file.startsWith('lib/') && file.endsWith('.ts') && !file.endsWith('.d.ts')));
}

/** An app with the tarball and the peers at a version, and TypeScript to check it with. */
export function createApp(folder: string, tarball: string, cdkVersion: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, `aws-cdk-lib@${cdkVersion}`, 'constructs@10.8.1', 'cdk-nag@3.0.2',
    'typescript@5.9.3', '@types/node@20'], folder);
}

/** What a synthesised app consists of. */
export interface Synthesised {
  readonly system: string;
  readonly stacks: number;
  readonly resources: number;
  readonly types: ReadonlySet<string>;
}

/** Type-checks, compiles and synthesises an app of one line per system. */
export function synthesise(folder: string, system: string): Synthesised {
  const name = system.toLowerCase();
  writeFileSync(join(folder, `${name}.ts`), [
    "import { App } from 'aws-cdk-lib';", `import { ${system} } from 'cdk-trading-platform';`, '',
    'const app = new App();', `new ${system}(app, '${system}');`, 'app.synth();', '',
  ].join('\n'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'node16', moduleResolution: 'node16', strict: true, skipLibCheck: false, types: ['node'] },
    files: [`${name}.ts`],
  }));
  run(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc')], { cwd: folder });
  const out = join(folder, `${name}.out`);
  run(process.execPath, [`${name}.js`], { cwd: folder, env: { ...process.env, CDK_OUTDIR: out } });
  const templates = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.template.json'))
    .map((file) => JSON.parse(readFileSync(join(out, file), 'utf8')) as { Resources?: Record<string, { Type: string }> });
  const types = templates.flatMap(({ Resources = {} }) => Object.values(Resources).map(({ Type }) => Type));
  return { system, stacks: templates.length, resources: types.length, types: new Set(types) };
}
