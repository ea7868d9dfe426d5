import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median, rangeOf } from './lib/matching-rounds';
import type { SynthJob } from './synth-job';
import { countsIn, differences, planAfter } from './synth-plan';
import { projectContext, SynthPrograms } from './synth-programs';

const USAGE = `Measures the synthesis of the largest system (GatewayExchange of 50,000 requests/s) against a bare app with as many resources of each
type: npm run -s bench:synth -- [options]

  --rounds <n>    rounds with CloudFormation's validation off; each has both apps, one after the other, in processes of their own (default: 7)
  --validated <n> rounds with the validation on, as \`cdk synth\` does it by default (default: 3)
  --json          progress on standard error, nothing but the result on standard output
  --help          this text`;

interface Comparison {
  readonly oursUserSeconds: number;
  readonly bareUserSeconds: number;
  readonly ratio: number;
  /** Smallest and largest ratio of a round. */
  readonly ratioRange: readonly [number, number];
}

let say: (line: string) => void = (line) => console.log(line);

async function compare(programs: SynthPrograms, jobs: Record<'ours' | 'bare', SynthJob>, rounds: number, validation: boolean): Promise<Comparison> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    // Who is first alternates: the machine may be busier in one half of a round.
    for (const app of round % 2 === 1 ? ['ours', 'bare'] as const : ['bare', 'ours'] as const) {
      (app === 'ours' ? ours : bare).push((await programs.run(jobs[app], validation)).userSeconds);
    }
    say(`validation ${validation ? 'on ' : 'off'} round ${round} of ${rounds}: ours ${ours.at(-1)!.toFixed(2)} s, bare ${bare.at(-1)!.toFixed(2)} s of user time`);
  }
  const ratios = rangeOf(ours.map((seconds, index) => seconds / bare[index]), 3);
  const result = {
    oursUserSeconds: Number(median(ours).toFixed(3)),
    bareUserSeconds: Number(median(bare).toFixed(3)),
    ratio: ratios.median,
    ratioRange: [ratios.min, ratios.max] as const,
  };
  say(`validation ${validation ? 'on ' : 'off'}: ours ${result.oursUserSeconds} s, bare ${result.bareUserSeconds} s, ratio ${result.ratio} (${ratios.min} to ${ratios.max})`);
  return result;
}

/** @throws Error unless it is a whole number from 1 to 50 */
function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 50) throw new Error(`--${name} must be a whole number from 1 to 50, got: ${text}`);
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' }, validated: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const rounds = whole('rounds', values.rounds);
  const validated = whole('validated', values.validated);
  if (values.json) say = (line) => console.error(line);
  const programs = new SynthPrograms();
  try {
    say('compiling both apps …');
    await programs.compile();
    const context = projectContext();
    const model = programs.outdir('model');
    await programs.run({ app: 'ours', outdir: model, context }, false);
    const plan = programs.outdir('plan.json');
    writeFileSync(plan, JSON.stringify(planAfter(model)));
    const jobs = {
      ours: { app: 'ours', outdir: programs.outdir('ours'), context },
      bare: { app: 'bare', outdir: programs.outdir('bare'), plan, context },
    } satisfies Record<'ours' | 'bare', SynthJob>;
    // Not measured: whether the two may be compared, and a warm file cache for both.
    await programs.run(jobs.bare, false);
    const counts = countsIn(model);
    const wrong = differences(counts, countsIn(jobs.bare.outdir));
    if (wrong.length > 0) throw new Error(`the bare app differs by more than 5 %; correct bench/lib/bare-app-*.ts:\n${wrong.join('\n')}`);
    const resources = Object.values(counts).reduce((sum, count) => sum + count, 0);
    say(`${resources} resources of ${Object.keys(counts).length} types in ${Object.keys(planAfter(model).stacks).length} stacks, the same in both`);
    const validationOff = await compare(programs, jobs, rounds, false);
    const validationOn = await compare(programs, jobs, validated, true);
    console.log(JSON.stringify({ resources, validationOff, validationOn }));
  } finally {
    programs.remove();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
