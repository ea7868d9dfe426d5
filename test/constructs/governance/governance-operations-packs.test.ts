import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingStack } from '../../../src';
import { CostAllocationTags } from '../../../src/constructs/governance/cost-allocation-tags';
import { CostAnomalyMonitor } from '../../../src/constructs/governance/cost-anomaly-monitor';
import { TradingBudget } from '../../../src/constructs/governance/trading-budget';
import { UsageExport } from '../../../src/constructs/governance/usage-export';
import { accept, packReport } from '../../support/rule-packs';

test('the packs and the built-in rules would stop a bare bucket', () => {
  const { error, violations } = packReport((app) => new s3.Bucket(new TradingStack(app, 'Control'), 'Bare'));
  expect(violations.join()).toMatch(/AwsSolutions-S1 .*HIPAA.*NIST.800.53.R4.*NIST.800.53.R5.*PCI.DSS.321/);
  expect(error).not.toBe('');
});

test('nothing is violated in six packs and the built-in rules', () => {
  const report = packReport((app) => {
    const stack = new TradingStack(app, 'Governance');
    const emails = ['finance@example.com'];
    new CostAllocationTags(stack, 'Tags', { system: 'GatewayExchange', environment: 'production', costCenter: '4711', owner: 'platform' });
    new TradingBudget(stack, 'Budget', { monthlyLimitUsd: 6000, emails });
    new CostAnomalyMonitor(stack, 'Anomalies', { emails });
    const usage = new UsageExport(stack, 'Usage', {
      encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
      accessLogs: s3.Bucket.fromBucketName(stack, 'Logs', 'access-logs'),
    });
    const reason = 'The bill itself stays with AWS; the bucket holds a copy of its lines for analysis.';
    accept(usage.bucket,
      { rule: 'S3BucketReplicationEnabled', packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'], reason, control: 'versioned bucket that outlives the stack' },
      { rule: 'S3BucketDefaultLockEnabled', packs: ['NIST.800.53.R4'], reason, control: 'versioned bucket; the export overwrites the current month' });
  });
  expect(report.violations).toEqual([]);
  expect(report.error).toBe('');
  expect(report.suppressed).toHaveLength(5);
});
