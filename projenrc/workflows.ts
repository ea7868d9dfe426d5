import { github, type awscdk } from 'projen';

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
