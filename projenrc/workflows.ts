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
  configureDeployed(project);
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

/** k6's repository for Debian; its key is asked for by its whole fingerprint, so no other one can come. */
const INSTALL_K6 = [
  'keyring=/usr/share/keyrings/k6-archive-keyring.gpg',
  'sudo gpg --batch --no-default-keyring --keyring "$keyring" --keyserver hkps://keyserver.ubuntu.com --recv-keys C5AD17C747E3415A3642D57D77C6C491D6AC1D69',
  'echo "deb [signed-by=$keyring] https://dl.k6.io/deb stable main" | sudo tee /etc/apt/sources.list.d/k6.list',
  'sudo apt-get update',
  'sudo apt-get install --yes k6',
].join('\n');

/**
 * What the documents ask for of a system that is deployed: every route, load, a scan. Started by hand, and at an environment of the repository, which
 * holds the users: load is an attack, and a scan is one too, so whoever guards that environment is asked first.
 */
function configureDeployed(project: awscdk.AwsCdkConstructLibrary): void {
  const workflow = project.github!.addWorkflow('deployed');
  const text = (description: string, value?: string) => ({ description, type: 'string' as const, required: value === undefined, ...(value === undefined ? {} : { default: value }) });
  workflow.on({
    workflowDispatch: {
      inputs: {
        url: text('Address of the API, such as https://api.test.example.com. Never a system that people use.'),
        environment: text('Environment of this repository whose secrets API_USERS and API_OPERATOR are the users', 'test'),
        rate: text('Requests per second', '500'),
        burst: text('Requests per second in the burst', '1000'),
        p99: text('Milliseconds within which 99 % must be answered', '100'),
      },
    },
  });
  const secrets = { API_URL: '${{ inputs.url }}', API_USERS: '${{ secrets.API_USERS }}', API_OPERATOR: '${{ secrets.API_OPERATOR }}' };
  const job = (minutes: number, ...steps: github.workflows.JobStep[]): github.workflows.Job => ({
    runsOn: ['ubuntu-latest'],
    timeoutMinutes: minutes,
    permissions: { contents: JobPermission.READ },
    environment: '${{ inputs.environment }}',
    steps: [
      { name: 'Checkout', uses: CHECKOUT, with: { 'persist-credentials': false } },
      { name: 'Setup Node.js', uses: SETUP_NODE, with: { 'node-version': '24', 'package-manager-cache': false } },
      { name: 'Install dependencies', run: 'npm ci' },
      ...steps,
    ],
  });
  workflow.addJob('api', job(20, { name: 'Every route', env: secrets, run: 'npm run -s check:api' }));
  // One after the other: each would be part of what the other measures.
  workflow.addJob('load', {
    ...job(30, { name: 'Install k6', run: INSTALL_K6 }, {
      name: 'Load',
      // Inputs are values of the environment, never text of a command.
      env: { ...secrets, RATE: '${{ inputs.rate }}', BURST: '${{ inputs.burst }}', P99: '${{ inputs.p99 }}' },
      run: 'npm run -s load:k6 -- --require --json --rate "$RATE" --burst "$BURST" --p99-ms "$P99"',
    }),
    needs: ['api'],
  });
  workflow.addJob('scan', {
    ...job(120, { name: 'Scan', env: secrets, run: 'npm run -s check:zap -- --require --json --minutes 60' }, {
      name: 'Upload the report', if: '${{ always() }}', uses: UPLOAD, with: { 'name': 'zap', 'path': 'dist/zap', 'if-no-files-found': 'ignore' },
    }),
    needs: ['load'],
    if: '${{ !cancelled() }}',
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
