/** Deploys a system with its assertions, or takes it down: the CDK's own command line on one of the apps in this folder. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, projectNode } from '../local/servers/environment';

const USAGE = `Deploys a system to your account and asserts through its public door: npm run integ -- <app> [deploy | synth | diff | destroy] [CDK options]

  <app>    serverless-simulator, realtime-simulator, multi-region-exchange, gateway-exchange or retail-exchange

A deployment that succeeds is a test that passed: the assertions are its last stack. It costs money until it is destroyed.`;

const [app = '', command = 'deploy', ...options] = process.argv.slice(2);
const file = join('integ', `${app}.integ.ts`);
if (!/^[a-z-]+$/.test(app) || !existsSync(join(PROJECT_ROOT, file)) || !['deploy', 'synth', 'diff', 'destroy'].includes(command)) {
  console.error(USAGE);
  process.exit(app === '--help' ? 0 : 2);
}
const cli = join(PROJECT_ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const args = [cli, command, ...(command === 'synth' ? ['--quiet'] : ['--all']), '--app', `tsx ${file}`, '--output', join(PROJECT_ROOT, `cdk-integ.out.${app}`), ...options];
const child = spawn(projectNode(), args, { cwd: PROJECT_ROOT, stdio: 'inherit' });
child.once('exit', (code) => process.exit(code ?? 1));
