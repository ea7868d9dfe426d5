import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import { Workload } from '../../src/assurance/capacity/workload';
import { PublicEndpoint } from '../../src/constructs/edge/public-endpoint';
import { CidrPlan } from '../../src/constructs/network/cidr-plan';
import { RecoveryObjective } from '../../src/constructs/resilience/recovery-objective';
import { testApp } from '../support/apps';
import { exchange } from '../support/exchange';

const { zone } = RecoveryObjective.GATEWAY_EXCHANGE;
const objective = (rpo: Duration, rto: Duration) => RecoveryObjective.of({ zone, region: { rpo, rto } });

test('fails when both regions are one', () => {
  expect(() => exchange({ drRegion: 'us-east-1' })).toThrow(/Exchange: `drRegion` must be another region than `env.region`.*got: 'us-east-1'; take us-west-2/);
});

test('fails when the networks overlap', () => {
  expect(() => exchange({ cidrPlan: CidrPlan.of('10.4.0.0/16'), drCidrPlan: CidrPlan.of('10.4.128.0/18') }))
    .toThrow(/`drCidrPlan` \(10.4.128.0\/18\) overlaps with `cidrPlan` \(10.4.0.0\/16\).*cidrPlan.disasterRecovery\(\)/);
});

test('fails for a name without a zone', () => {
  const app = testApp();
  const certificate = acm.Certificate.fromCertificateArn(new Stack(app, 'Given'), 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
  expect(() => exchange({ endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate }) }, app)).toThrow(/`endpoint` must have a `hostedZone`/);
});

test('fails when the loss of a region shall be survived and nothing leads users elsewhere', () => {
  expect(() => exchange({ endpoint: PublicEndpoint.cloudFrontDomain() })).toThrow(/`endpoint` must be a name of your own where `recoveryObjective` has a target for the region.*PublicEndpoint.customDomain/);
});

test.each([
  ['rpo', objective(Duration.seconds(5), Duration.minutes(15)), /`recoveryObjective.region.rpo` must be at least 20 seconds.*got: 5 seconds/],
  ['rto', objective(Duration.minutes(1), Duration.minutes(5)), /`recoveryObjective.region.rto` must be at least 14 minutes.*got: 5 minutes/],
])('fails for an objective that is tighter than the system can keep: %s', (_, recoveryObjective, message) => {
  expect(() => exchange({ recoveryObjective })).toThrow(message);
});

test('fails for regions that are not known when the template is made', () => {
  expect(() => exchange({ env: { region: Aws.REGION } })).toThrow(/`env.region` must be a region such as us-west-2, got: an unresolved token/);
});

test('tells everything at once, before anything is made', () => {
  const app = testApp();
  expect(() => exchange({
    drRegion: 'us-east-1',
    cidrPlan: CidrPlan.of('10.0.0.0/16'),
    drCidrPlan: CidrPlan.of('10.0.0.0/16'),
    apiMinCapacity: 40,
    accessControl: [{ group: 'a b', permissions: ['everything'] }, { group: 'a b', permissions: [] }],
  }, app)).toThrow(/drRegion.*drCidrPlan.*apiMinCapacity.*accessControl` must name each group once.*accessControl\[0\].group.*accessControl\[0\].permissions/s);
  expect(app.node.findAll().filter((construct) => Stack.isStack(construct)).map(({ node }) => node.path)).toEqual(['Zones']);
});

test('fails synthesis when the workload needs more than its quotas', () => {
  const app = testApp();
  exchange({ workload: Workload.of({ requestsPerSecond: 500 }) }, app);
  expect(() => app.synth()).toThrow(/Primary\/Capacity\].*fargate.vcpu, us-east-1.*Standby\/Capacity\].*fargate.vcpu, us-west-2/s);
});

test('fails synthesis when two zones would not carry the workload', () => {
  const app = testApp();
  exchange({ workload: Workload.of({ requestsPerSecond: 500 }), apiMinCapacity: 3, quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 64 }] }, app);
  expect(() => app.synth()).toThrow(/runs 3 tasks at least; two zones carry 500 requests\/s with 6/);
});

test('holds the objective against the templates, whatever an escape hatch changes', () => {
  const app = testApp();
  const { primary, standby } = exchange({}, app);
  primary.data.broker.broker.addPropertyOverride('DeploymentMode', 'SINGLE_INSTANCE');
  for (const instance of standby.data.ledgerReplica!.instances) instance.addPropertyOverride('DBClusterIdentifier', 'another');
  process.env.CDK_VALIDATION = 'true';
  try {
    expect(() => app.synth()).toThrow(/Data\/Broker\/Resource: `DeploymentMode`.*got: SINGLE_INSTANCE.*Standby\/Data\/Ledger\/Resource.*runs in us-west-2 already; got: none/s);
  } finally {
    process.env.CDK_VALIDATION = 'false';
  }
});
