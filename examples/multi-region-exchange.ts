import { App, Stack, Validations } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MultiRegionExchange, PublicEndpoint, Workload } from '../src';

const app = new App();

// The zone that you have: records in it lead users to the region that serves, and only Amazon may issue its certificates.
const dns = new Stack(app, 'Dns', { env: { region: 'us-east-1' } });
const hostedZone = route53.HostedZone.fromHostedZoneAttributes(dns, 'Zone', { hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' });
new route53.CaaAmazonRecord(dns, 'Issuer', { zone: hostedZone });

// In us-east-1, with us-west-2 ready to take over.
new MultiRegionExchange(app, 'MultiRegionExchange', {
  endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone }),
  workload: Workload.of({ requestsPerSecond: 500, burstRequestsPerSecond: 1_000 }),
  // A fresh account runs 6 vCPU of Fargate; ask AWS for more in both regions before the first deployment.
  quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 64 }],
  monthlyBudgetUsd: 12_000,
});

// Every finding of the rule pack stops the synthesis; what is accepted has its reason in cdk.out/validation-report.json.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
