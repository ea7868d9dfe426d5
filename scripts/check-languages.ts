/**
 * `npm run check:languages`: generates the sources of every language and counts our types in them; none may be missing.
 *
 *   --json   the facts as one line of JSON, last
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkProgram, run, step } from './lib/processes';
import { assemblyTypes, ensureCompiled } from './packaging/assembly';
import { declaredTypes, nameIn } from './packaging/generated-sources';
import { LANGUAGES, pacmak } from './packaging/languages';

/** Looked for by name in each language, so that a change of this check's own reading is noticed. */
const SPOT_CHECK = ['RealtimeSimulator', 'LedgerDatabase', 'TradingService', 'OrderJournal', 'TradingServiceProps', 'PublicEndpoint'];

checkProgram(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-trading-platform-languages-'));
  try {
    await step('bundle the services', () => run(process.execPath, ['scripts/bundle.mjs']));
    await step('compile the library', ensureCompiled);
    const types = assemblyTypes();
    const facts: Record<string, unknown> = { types: types.length };
    for (const { target, title } of LANGUAGES) {
      await step(`${title} sources`, () => pacmak(target, folder, { codeOnly: true }));
      const declared = declaredTypes(target, join(folder, target));
      const present = (name: string, kind: string): boolean => nameIn(target, name, kind).some((candidate) => declared.has(candidate));
      const missing = types.filter(({ name, kind }) => !present(name, kind)).map(({ name }) => name);
      missing.push(...SPOT_CHECK.filter((name) => !present(name, 'interface')));
      if (missing.length > 0) throw new Error(`${title} lacks ${missing.length} of ${types.length} types: ${missing.slice(0, 10).join(', ')}`);
      facts[target] = types.length - missing.length;
    }
    return { ...facts, spotCheck: SPOT_CHECK };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
