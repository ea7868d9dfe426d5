import { Component, github, release, type awscdk } from 'projen';

const { JobPermission } = github.workflows;

/** Pinned by commit like the actions that projen pins. v4.1.0. */
const ATTEST = 'actions/attest-build-provenance@a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32';

/** GitHub's environment in which people approve a release; the registries trust this workflow in it and nothing else. */
const ENVIRONMENT = 'release';

/**
 * How the library gets to its users. A person starts a release; CHANGELOG.md says which version it is. npm, PyPI and NuGet trust the
 * workflow's identity (OIDC), so no token of theirs is stored. What remains: Maven Central has no trusted publishing, so its token and
 * signing key live in the environment; the Go module is pushed to its own repository with a token that a GitHub App issues for an hour.
 */
export const releaseOptions = {
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(),
  releaseEnvironment: ENVIRONMENT,
  nextVersionCommand: 'node scripts/next-version.mjs',
  jsiiReleaseVersion: '0.2.1061',
  npmTrustedPublishing: true,
  npmProvenance: true,
  publishToPypi: { distName: 'cdk-trading-platform', module: 'cdk_trading_platform', trustedPublishing: true, attestations: true },
  publishToMaven: {
    javaPackage: 'io.github.cdktradingplatform',
    mavenGroupId: 'io.github.cdktradingplatform',
    mavenArtifactId: 'cdk-trading-platform',
  },
  publishToNuget: { dotNetNamespace: 'CdkTradingPlatform', packageId: 'CdkTradingPlatform', trustedPublishing: true },
  publishToGo: {
    moduleName: 'github.com/cdk-trading-platform/cdk-trading-platform-go',
    githubCredentials: github.GithubCredentials.fromApp({
      owner: 'cdk-trading-platform',
      repositories: ['cdk-trading-platform-go'],
      permissions: { contents: github.workflows.AppPermission.WRITE },
    }),
  },
  // The release notes are what the changelog says, not a list of commits.
  postBuildSteps: [{ name: 'Release notes', run: 'node scripts/next-version.mjs --notes > dist/changelog.md' }],
};

/** What each registry receives, for GitHub's attestation of where it was built. Go has no file: its release is a tag of its repository. */
const SUBJECTS: Record<string, string> = {
  release_npm: 'dist/js/*.tgz',
  release_pypi: 'dist/python/*',
  release_maven: 'dist/java/**/*.jar',
  release_nuget: 'dist/dotnet/*.nupkg',
};

/** Attests what is published, in the job that publishes it, right before it does. */
class Attestations extends Component {
  public constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
  }

  /** Components come in the order in which they were made: projen has rendered the jobs by now and has written no file. */
  public preSynthesize(): void {
    const workflow = this.library.github!.tryFindWorkflow('release')!;
    for (const [id, subject] of Object.entries(SUBJECTS)) {
      const job = workflow.getJob(id) as github.workflows.Job;
      const steps = job.steps as github.workflows.JobStep[];
      const publish = steps.length - 1;
      workflow.updateJob(id, {
        ...job,
        permissions: { ...job.permissions, idToken: JobPermission.WRITE, attestations: JobPermission.WRITE },
        steps: [...steps.slice(0, publish), {
          name: 'Attest the build', if: '${{ !inputs.dry_run }}', uses: ATTEST, with: { 'subject-path': subject },
        }, ...steps.slice(publish)],
      });
    }
  }
}

export function configureRelease(project: awscdk.AwsCdkConstructLibrary): void {
  new Attestations(project);
}
