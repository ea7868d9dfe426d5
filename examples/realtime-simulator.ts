import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RealtimeSimulator } from '../src';

const app = new App();

// Users reach it at CloudFront's own name. For a name of your own, pass
// `endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone })`.
new RealtimeSimulator(app, 'RealtimeSimulator');

// Every finding of the rule pack stops the synthesis; what is accepted has its reason in cdk.out/validation-report.json.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
