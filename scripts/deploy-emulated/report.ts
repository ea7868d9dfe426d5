import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from './emulator';
import type { StackResult } from './stack-deployment';
import { root } from '../lib/processes';

export interface SystemResult {
  readonly system: string;
  /** Whether `cdk deploy --all` completed without any help. */
  readonly deployAll: boolean;
  readonly stacks: readonly StackResult[];
}

/** A few lines for people who watch. */
export function systemSummary({ system, deployAll, stacks }: SystemResult): string {
  const complete = stacks.filter((stack) => stack.complete).length;
  const without = stacks.filter((stack) => !stack.complete && stack.completeWithout).length;
  const failed = stacks.filter((stack) => !stack.completeWithout);
  return [
    `${system}: of ${stacks.length} stacks ${complete} complete, ${without} complete without what the emulator refuses, ${failed.length} failed; `
      + `cdk deploy --all ${deployAll ? 'completed' : 'stopped at the first that could not'}`,
    ...failed.map(({ stack, failure }) => `  ${stack}: ${failure ?? 'no reason was given'}`),
  ].join('\n');
}

/** Writes docs/deploy-emulated.md. */
export function writePage(results: readonly SystemResult[], unknown: readonly string[], now = new Date()): void {
  writeFileSync(join(root, 'docs', 'deploy-emulated.md'), page(results, unknown, now));
}

export function page(results: readonly SystemResult[], unknown: readonly string[], now: Date): string {
  const refusals = reasons(results);
  return `# Deploying to an emulator

\`npm run deploy:emulated\` takes each system's example through the real CDK command line, \`cdk bootstrap\` and \`cdk deploy --all\`, with
\`AWS_ENDPOINT_URL\` set to an emulator of AWS: ministack ${VERSION}, which it installs from PyPI in a virtual environment and starts on a free port.
It is opt-in: it needs Python, PyPI and several minutes, and is no part of \`npm test\`. \`--system <class>\` tries one system, \`--json\` ends with one
line of JSON.

What it shows: that the command line takes the assemblies, publishes their assets, and that a CloudFormation that is not Amazon's understands the
templates (references between stacks included) as far as it knows the types. What it does not show: that AWS accepts a property, that IAM allows
anything, or that a service starts. Images are neither built nor pushed: a stand-in answers for Docker.

Each stack is deployed as it was synthesised. If the emulator refuses resources of it, an empty resource stands in for each and the rest is tried again.

Last run: ${now.toISOString().slice(0, 10)}.

References to stacks of another region are looked up for the emulator, which knows \`Fn::GetStackOutput\` within a region only. Parameters that AWS
publishes, such as ids of images, are made up.

| system | stack | resources | as synthesised | without what is refused |
| --- | --- | ---: | --- | --- |
${results.flatMap(({ system, stacks }) => stacks.map((stack) => row(system, stack))).join('\n')}

${results.map(({ system, deployAll }) => `\`cdk deploy --all\` of ${system} ${deployAll ? 'completed' : 'stopped at the first stack that could not be deployed as it is'}.`).join(' ')}

## Types that the emulator does not know

${unknown.length === 0 ? 'None.' : unknown.map((type) => `\`${type}\``).join(', ')}

## Other resources that it refuses

${refusals.length === 0 ? 'None.' : `| type | resources | reason |\n| --- | ---: | --- |\n${refusals.map(({ type, count, reason }) => `| \`${type}\` | ${count} | ${cell(reason)} |`).join('\n')}`}
`;
}

function row(system: string, { stack, resources, complete, completeWithout, refused, failure }: StackResult): string {
  const without = complete ? '' : completeWithout ? `complete without ${refused.length}` : `failed: ${cell(failure ?? '')}`;
  return `| ${system} | ${stack} | ${resources} | ${complete ? 'complete' : 'refused'} | ${without} |`;
}

interface Refusal {
  readonly type: string;
  readonly reason: string;
  readonly count: number;
}

/** Reasons other than an unknown type, each once. */
function reasons(results: readonly SystemResult[]): Refusal[] {
  const found = new Map<string, Refusal>();
  for (const { type, reason, logicalId } of results.flatMap(({ stacks }) => stacks.flatMap(({ refused }) => refused))) {
    if (reason === 'unknown type') continue;
    // The same sentence about different resources is one reason.
    const text = reason.replaceAll(logicalId, '…');
    const key = `${type} ${text}`;
    found.set(key, { type, reason: text, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => a.type.localeCompare(b.type));
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ').slice(0, 240);
}
