/**
 * `npm run check:package`: packs the library, installs it in an empty app and synthesises every system from there.
 *
 *   --json      the facts as one line of JSON, last
 *   --cdk a,b   versions of aws-cdk-lib, the oldest supported one unless told otherwise
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkProgram, root, run, step } from './lib/processes';
import { ensureCompiled, systems } from './packaging/assembly';
import { createApp, leaks, pack, requiredFiles, synthesise } from './packaging/packed';

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MB`;

checkProgram(async () => {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, cdk: { type: 'string', default: '2.271.0' } } });
  const folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-package-'));
  try {
    await step('bundle the services', () => run(process.execPath, ['scripts/bundle.mjs'], { cwd: root }));
    await step('compile the library', ensureCompiled);
    const names = systems();
    if (names.length === 0) throw new Error('no system found in .jsii: a construct of src/stacks whose props are optional');
    const { tarball, files, packedBytes, unpackedBytes } = await step('pack it', () => pack(folder));
    const missing = requiredFiles().filter((file) => !files.includes(file));
    if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`);
    const leaked = leaks(files);
    if (leaked.length > 0) throw new Error(`the package holds what it should not: ${leaked.join(', ')}`);

    const synthesised: Record<string, unknown>[] = [];
    for (const version of values.cdk.split(',')) {
      const app = join(folder, `app-${version}`);
      await step(`install it in an empty app with aws-cdk-lib ${version}`, () => createApp(app, tarball, version));
      for (const name of names) {
        const { stacks, resources } = await step(`synthesise ${name}`, () => synthesise(app, name));
        synthesised.push({ system: name, cdk: version, stacks, resources });
      }
    }
    return { packed: megabytes(packedBytes), unpacked: megabytes(unpackedBytes), files: files.length, systems: synthesised };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
