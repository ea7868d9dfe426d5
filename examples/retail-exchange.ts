import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RetailExchange } from '../src';

const app = new App();

// One region, CloudFront's own name, sign-in with a password. With a name of your own, `endpoint: PublicEndpoint.customDomain({ domainName,
// hostedZone })`, come `signIn: { domain, google, okta }` and `regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }]`.
new RetailExchange(app, 'RetailExchange', { monthlyBudgetUsd: 3_000, alarmEmails: ['operations@example.com'] });

// Every finding of the rule pack stops the synthesis; what is accepted has its reason in the validation report.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
