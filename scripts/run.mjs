// Runs one of the project's TypeScript programs under the project's own Node, after setting up what is missing.
import { prepareProject, runUnderOwnNode } from './lib/bootstrap.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  console.error('usage: node scripts/run.mjs <program.ts> [arguments]');
  process.exit(2);
}
prepareProject({ quiet: args.includes('--json') });
process.exit(await runUnderOwnNode(program, args));
