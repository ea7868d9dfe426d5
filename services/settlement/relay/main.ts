/** `npm run relay -- --help` */
import { HELP, readRelayFlags, runRelay } from './run-relay';
import { runMain } from '../../runtime';

async function main(): Promise<void> {
  const flags = readRelayFlags(process.argv.slice(2));
  if (!flags) return void process.stdout.write(`${HELP}\n`);
  const relayed = await runRelay(flags, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${relayed} transfers of partition ${flags.relay.partition} were appended to the journals that they go to\n`);
}

runMain(main);
