import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectNode } from '../../../../local/servers/environment';

const ROOT = join(__dirname, '../../../..');
const dir = mkdtempSync(join(tmpdir(), 'kafka-bundle-'));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

// Its client is the one that brings WebAssembly, and asks for files beside itself unless the bundle is made for it.
test('the bundle of a service has all that the client needs: it gets as far as a broker that is not there', () => {
  const [entry, outfile] = [join(dir, 'entry.ts'), join(dir, 'main.js')];
  writeFileSync(entry, `
    import { openJournalWriter } from ${JSON.stringify(join(ROOT, 'services/adapters/journal/open-journal'))};
    import { createLogger } from ${JSON.stringify(join(ROOT, 'services/runtime'))};
    (async () => {
      const user = { service: 'test', logger: createLogger({ service: 'test', environment: 'test', level: 'error' }), region: 'us-east-1' };
      const writer = await openJournalWriter({ kind: 'kafka', brokers: ['127.0.0.1:1'], topic: 'journal' }, user, () => undefined);
      const failed = await writer.probe(0).then(() => 'reached', (error: Error) => error.name + ': ' + error.message);
      console.log(failed);
      process.exit(0);
    })();
  `);
  const program = `
    import { build } from 'esbuild';
    import { bundleOptions } from ${JSON.stringify(join(ROOT, 'scripts/lib/bundle-options.mjs'))};
    await build({ ...bundleOptions, entryPoints: [${JSON.stringify(entry)}], outfile: ${JSON.stringify(outfile)} });
  `;
  execFileSync(projectNode(), ['--input-type=module', '-e', program], { cwd: ROOT });
  const said = execFileSync(projectNode(), [outfile], { cwd: dir, encoding: 'utf8', timeout: 20_000 });
  expect(said).toMatch(/^JournalUnavailableError: could not append to topic journal: .*$/m);
}, 60_000);
