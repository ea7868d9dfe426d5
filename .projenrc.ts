import { awscdk, javascript, ReleasableCommits } from 'projen';
import { configureDependencies } from './projenrc/dependencies';
import { configureFiles } from './projenrc/files';
import { configureLinting } from './projenrc/linting';
import { configureRelease, releaseOptions } from './projenrc/release';
import { configureTasks } from './projenrc/tasks';
import { configureTesting, jestOptions } from './projenrc/testing';
import { configureWorkflows } from './projenrc/workflows';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-trading-platform',
  description: 'AWS CDK constructs, complete systems and reference services for trading platforms and simulators.',
  author: 'cdk-trading-platform maintainers',
  authorAddress: 'maintainers@cdk-trading-platform.example',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-trading-platform/cdk-trading-platform.git',
  keywords: ['aws', 'cdk', 'awscdk', 'trading', 'exchange', 'matching-engine', 'simulator'],
  stability: 'experimental',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-trading-platform maintainers',
  defaultReleaseBranch: 'main',
  // Commits are sentences, not `feat:` and `fix:`; what a release is follows from CHANGELOG.md.
  releasableCommits: ReleasableCommits.everyCommit(),
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',

  // aws-cdk-lib 2.271.0 is the lowest version on which cdk-nag 3 evaluates and the newest family that cdk-assets 4.7 reads.
  cdkVersion: '2.271.0',
  constructsVersion: '10.5.1',
  jsiiVersion: '6.0.16',
  typescriptVersion: '6.0.3',
  docgenFilePath: 'API.md',

  ...releaseOptions,

  jestOptions,
  // Tests import services and the local platform, which are written for a bundler's module resolution.
  tsconfigDev: {
    compilerOptions: {
      module: 'preserve',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
      target: 'ES2023',
      lib: ['es2023'],
      allowImportingTsExtensions: true,
      types: ['node', 'jest'],
    },
  },
  sampleCode: false,
  npmignoreEnabled: false,
  depsUpgrade: false,
  // A pull request changes what its author wrote, so no token that may push is stored.
  buildWorkflowOptions: { mutableBuild: false },
  githubOptions: { mergify: false, pullRequestLintOptions: { semanticTitle: false } },
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
});

configureDependencies(project);
configureFiles(project);
configureLinting(project);
configureTasks(project);
configureTesting(project);
configureRelease(project);
configureWorkflows(project);

project.synth();
