/**
 * One language's package in `dist/`, for the tasks `package:*`. In CI it is always built. Elsewhere a language whose tools or registry are
 * missing gets its generated sources instead, and the reason is said.
 */
import { parseArgs } from 'node:util';
import { step } from './lib/processes';
import { languageOf, obstacle, pacmak } from './packaging/languages';

async function main(): Promise<void> {
  const { values: { target } } = parseArgs({ options: { target: { type: 'string' } } });
  if (target === undefined) throw new Error('usage: package-language.ts --target js|java|python|dotnet|go');
  const reason = target === 'js' || process.env.CI ? undefined : await obstacle(languageOf(target));
  if (reason !== undefined) console.error(`${languageOf(target).title}: ${reason}, so dist/${target} gets sources, not a package`);
  await step(`${target}: ${reason === undefined ? 'package' : 'sources'}`, () => pacmak(target, 'dist', { codeOnly: reason !== undefined, show: Boolean(process.env.CI) }));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
