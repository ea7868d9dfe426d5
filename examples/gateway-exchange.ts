import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GatewayExchange, GatewayExchangeSize, Workload } from '../src';

const app = new App();

// 500 requests/s. GatewayExchangeSize.requests5000() and requests50000() are the same exchange, larger.
new GatewayExchange(app, 'GatewayExchange', {
  size: GatewayExchangeSize.requests500(),
  workload: Workload.of({ requestsPerSecond: 500 }),
  // A fresh account runs 6 vCPU of Fargate; ask AWS for more before the first deployment.
  quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 64 }],
  monthlyBudgetUsd: 4_000,
  alarmEmails: ['operations@example.com'],
});

// Every finding of the rule pack stops the synthesis; what is accepted has its reason in the validation report.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
