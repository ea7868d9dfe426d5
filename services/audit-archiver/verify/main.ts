/** `npm run -s audit:verify -- --help` */
import { HELP, readVerifyFlags, runVerify, textOf } from './run-verify';
import { runMain } from '../../runtime';

async function main(): Promise<void> {
  const flags = readVerifyFlags(process.argv.slice(2));
  if (!flags) return void process.stdout.write(`${HELP}\n`);
  const found = await runVerify(flags);
  process.stdout.write(`${flags.json ? JSON.stringify(found, null, 2) : textOf(found)}\n`);
  if (found.problems.length > 0) process.exitCode = 1;
}

runMain(main);
