import { App, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GitHubDeployRole, RealtimeSimulator } from '../../src';

const app = new App();
// Set by the workflow that gives a pull request a system of its own.
const branch = app.node.tryGetContext('branch') as string | undefined;

new RealtimeSimulator(app, branch ?? 'Production', branch === undefined ? {} : { environmentName: branch, removalPolicy: RemovalPolicy.DESTROY });

if (branch === undefined) {
  // Deployed once by hand, with the rights of a person: from then on the workflows deploy it with everything else.
  const delivery = new Stack(app, 'Delivery', { env: { region: 'us-east-1' } });
  const repository = 'desk/platform';
  // Reviewers of `production` are asked before anything changes; the other two environments ask nobody and can change nothing.
  const deploy = new GitHubDeployRole(delivery, 'Deploy', { repository, environments: ['production'], maxSessionDuration: Duration.hours(3) });
  deploy.allowCdkDeployment();
  new GitHubDeployRole(delivery, 'Publish', { repository, environments: ['assets'], provider: deploy.provider }).allowCdkPublishing();
  new GitHubDeployRole(delivery, 'Diff', { repository, environments: ['diff'], provider: deploy.provider }).allowCdkDiff();
}

// Every finding of the rule pack stops the synthesis, and with it the pull request.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
