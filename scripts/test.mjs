// `npm test` and `npm run test:full`: sets up what is missing, then runs every kind of test and closes with the totals.
// Plain Node without dependencies, because nothing is installed yet when it starts.
import { prepareProject, runUnderOwnNode } from './lib/bootstrap.mjs';

prepareProject();
process.exit(await runUnderOwnNode('scripts/test/main.ts', process.argv.slice(2)));
