import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import type { BareAppPlan } from './lib/bare-app-budget';
import type { SynthAnswer, SynthJob } from './synth-job';

/** Ids of AWS's own prefix lists in a region that the library does not know; the ids themselves do not matter here. */
const PREFIX_LISTS = { 'eu-west-1': { s3: 'pl-00000001', dynamoDb: 'pl-00000002', cloudFrontOriginFacing: 'pl-00000003' } };

const job = JSON.parse(process.argv[2]) as SynthJob;
const app = new App({ outdir: job.outdir, context: job.context, analyticsReporting: false });

/** Each app loads what it uses, nothing else: loading counts. */
async function build(): Promise<void> {
  if (job.app === 'ours') {
    const { GatewayExchange, GatewayExchangeSize } = await import('../src');
    new GatewayExchange(app, 'GatewayExchange', { size: GatewayExchangeSize.requests50000(), prefixListIds: PREFIX_LISTS });
  } else {
    const { buildBareApp } = await import('./lib/bare-app');
    buildBareApp(app, JSON.parse(readFileSync(job.plan!, 'utf8')) as BareAppPlan);
  }
}

void build().then(() => {
  app.synth();
  const answer: SynthAnswer = { userSeconds: process.resourceUsage().userCPUTime / 1e6 };
  process.send!(answer);
});
