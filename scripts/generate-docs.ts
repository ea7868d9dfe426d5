/**
 * `npm run docs`: writes docs/constructs/README.md, the overview of all constructs.
 *
 *   --check   writes nothing; exits with 1 when the overview is stale. The rule packs do not run: their own tests do that.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf } from './docs/inventory';
import { judge } from './docs/rule-packs';
import { overview, packsIn } from './docs/table';
import { root, step } from './lib/processes';
import { EVERY_CONSTRUCT } from '../test/support/every-construct';

const PATH = join(root, 'docs/constructs/README.md');
const LAYERS = Object.keys(EVERY_CONSTRUCT);

/** The overview as it should be, with the rule packs' judgement as it stands. */
export function currentOverview(): string {
  const written = existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
  return overview(LAYERS.flatMap(entriesOf), packsIn(written));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--check')) {
    const fresh = existsSync(PATH) && readFileSync(PATH, 'utf8') === currentOverview();
    if (!fresh) console.error('docs/constructs/README.md is stale: npm run docs');
    return fresh ? 0 : 1;
  }
  const entries = await step('synthesise every construct', () => LAYERS.flatMap(entriesOf));
  const packs = new Map<string, string>();
  for (const layer of LAYERS) {
    for (const [name, words] of await step(`rule packs: ${layer}`, () => judge(layer, entries))) packs.set(name, words);
  }
  writeFileSync(PATH, overview(entries, packs));
  console.log(`docs/constructs/README.md: ${entries.length} constructs`);
  return 0;
}

if (require.main === module) {
  main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
