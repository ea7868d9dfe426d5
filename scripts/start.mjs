// `npm start`: sets up what is missing, then runs the synthesised platform on this machine. Plain Node without dependencies,
// because nothing is installed yet when it starts.
import { prepareProject, runUnderOwnNode } from './lib/bootstrap.mjs';

const args = process.argv.slice(2);
prepareProject({ quiet: args.includes('--json') });
process.exit(await runUnderOwnNode('local/cli/start.ts', args));
