import { Component, github, type awscdk } from 'projen';

const { JobPermission } = github.workflows;

/** As in the workflows that projen writes. */
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1';
const SETUP_NODE = 'actions/setup-node@v7.0.0';
const UPLOAD = 'actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a';
const DOWNLOAD = 'actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c';

/**
 * A comment at each pull request: what the rule packs say of the five systems, and what became of the reviewed templates. The library has no
 * account that it is deployed to, so the templates of the pull request are compared with those of the branch, not with AWS.
 */
export function configureWorkflows(project: awscdk.AwsCdkConstructLibrary): void {
  new SupplyChain(project);
  const workflow = project.github!.addWorkflow('templates');
  workflow.on({ pullRequest: {} });
  workflow.addJob('synthesise', {
    // The code of the pull request runs here, with a token that reads.
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: 30,
    permissions: { contents: JobPermission.READ },
    env: { CI: 'true' },
    steps: [
      { name: 'Checkout', uses: CHECKOUT, with: { 'fetch-depth': 0, 'persist-credentials': false } },
      { name: 'Setup Node.js', uses: SETUP_NODE, with: { 'node-version': '24', 'package-manager-cache': false } },
      { name: 'Install dependencies', run: 'npm ci' },
      {
        name: 'Synthesise every system',
        run: 'for app in examples/*.ts; do npx cdk synth --app "npx tsx $app" --quiet --no-notices --output "cdk.out.all/$(basename "$app" .ts)"; done',
      },
      {
        name: 'Write the comment',
        env: { BASE: '${{ github.event.pull_request.base.sha }}' },
        run: [
          'git diff --unified=1 "$BASE"...HEAD -- "*/__snapshots__/*" > diff.txt',
          'node examples/ci/scripts/comment.mjs cdk.out.all diff.txt "What changed in the reviewed templates" > comment.md',
        ].join('\n'),
      },
      { name: 'Upload the comment', uses: UPLOAD, with: { name: 'comment', path: 'comment.md' } },
    ],
  });
  workflow.addJob('comment', {
    // Runs nothing of the pull request. One of a fork has no token that may comment.
    needs: ['synthesise'],
    if: 'github.event.pull_request.head.repo.full_name == github.repository',
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: 5,
    permissions: { pullRequests: JobPermission.WRITE },
    steps: [
      { name: 'Download the comment', uses: DOWNLOAD, with: { name: 'comment' } },
      {
        name: 'Comment',
        env: { GH_TOKEN: '${{ github.token }}', GH_REPO: '${{ github.repository }}', NUMBER: '${{ github.event.pull_request.number }}' },
        run: 'gh pr comment "$NUMBER" --body-file comment.md --edit-last --create-if-none',
      },
    ],
  });
}

/**
 * What a release knows that the repository does not: the digests of base images, which only a machine that reaches their registries can read, and
 * what is in each bundle. The digests go into the package with images.json; the repository keeps what it had.
 */
class SupplyChain extends Component {
  public constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
  }

  /** Projen has rendered the jobs by now and has written no file. */
  public preSynthesize(): void {
    const workflow = this.library.github!.tryFindWorkflow('release')!;
    const insert = (id: string, before: (step: github.workflows.JobStep) => boolean, ...added: github.workflows.JobStep[]): void => {
      const job = workflow.getJob(id) as github.workflows.Job;
      const steps = job.steps as github.workflows.JobStep[];
      const at = steps.findIndex(before);
      if (at < 0) throw new Error(`the job ${id} of the release has no such step any more`);
      workflow.updateJob(id, { ...job, steps: [...steps.slice(0, at), ...added, ...steps.slice(at)] });
    };
    // The check that a release leaves no changes behind looks at every other file.
    insert('release', ({ name }) => name === 'release', {
      name: 'Resolve base images', run: 'npm run -s images:resolve\ngit update-index --assume-unchanged images.json',
    });
    insert('release', ({ name }) => name === 'Upload artifact', { name: 'Bills of materials', run: 'npm run -s sbom -- --json' });
    workflow.updateJob('release_github', this.attached(workflow.getJob('release_github') as github.workflows.Job));
  }

  private attached(job: github.workflows.Job): github.workflows.Job {
    const steps = job.steps as github.workflows.JobStep[];
    return {
      ...job,
      steps: [...steps, {
        name: 'Attach the bills of materials',
        if: '${{ !inputs.dry_run }}',
        env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
        run: 'gh release upload "$(cat dist/releasetag.txt)" dist/sbom/*.json --clobber -R "$GITHUB_REPOSITORY"',
      }],
    };
  }
}
