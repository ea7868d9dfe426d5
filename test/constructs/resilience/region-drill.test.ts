import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { RegionDrill, RegionDrillPart, RegionDrillProps } from '../../../src/constructs/resilience/region-drill';
import { testStack } from '../../support/apps';

function drill(props: Partial<RegionDrillProps> = {}) {
  const stack = testStack();
  const stop = cloudwatch.Alarm.fromAlarmArn(stack, 'Stop', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders');
  new RegionDrill(stack, 'Drill', { isolatedRegion: 'us-west-2', stopAlarms: [stop], ...props });
  return Template.fromStack(stack);
}

test('cuts off the other region and pauses replication to it', () => {
  drill({ parts: Object.values(RegionDrillPart) }).hasResourceProperties('AWS::FIS::ExperimentTemplate', {
    Targets: {
      CutRoutesTargets: { ResourceType: 'aws:ec2:subnet', ResourceTags: { DisruptSubnet: 'Allowed' }, SelectionMode: 'ALL' },
      PauseTablesTargets: { ResourceType: 'aws:dynamodb:global-table', ResourceTags: { DisruptDynamoDb: 'Allowed' }, SelectionMode: 'ALL' },
      PauseBucketsTargets: { ResourceType: 'aws:s3:bucket', ResourceTags: { DisruptS3: 'Allowed' }, SelectionMode: 'ALL' },
    },
    Actions: {
      CutRoutes: {
        ActionId: 'aws:network:route-table-disrupt-cross-region-connectivity',
        Parameters: { region: 'us-west-2', duration: 'PT30M' },
        Targets: { Subnets: 'CutRoutesTargets' },
      },
      PauseTables: { ActionId: 'aws:dynamodb:global-table-pause-replication', Parameters: { duration: 'PT30M' }, Targets: { Tables: 'PauseTablesTargets' } },
      PauseBuckets: {
        ActionId: 'aws:s3:bucket-pause-replication', Parameters: { region: 'us-west-2', duration: 'PT30M' }, Targets: { Buckets: 'PauseBucketsTargets' },
      },
    },
    ExperimentOptions: { EmptyTargetResolutionMode: 'fail', AccountTargeting: 'single-account' },
  });
});

test('may pause replication of buckets of this account only, and change no other replication', () => {
  drill({ parts: [RegionDrillPart.BUCKETS] }).hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 's3:PauseReplication',
          Condition: { StringEquals: { 's3:DestinationRegion': 'us-west-2', 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
        Match.objectLike({ Action: ['s3:PutReplicationConfiguration', 's3:GetReplicationConfiguration'], Condition: Match.objectLike({ BoolIfExists: Match.anyValue() }) }),
      ]),
    },
  });
});

test('fits into one policy with every part', () => {
  const [policy] = Object.values(drill({ parts: Object.values(RegionDrillPart) }).findResources('AWS::IAM::ManagedPolicy'));
  const text = JSON.stringify(policy.Properties.PolicyDocument)
    .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, (_, parts: string) => `"${parts.replace(/\{"Ref":"AWS::(\w+)"\}/g, 'x'.repeat(14)).replace(/[",]/g, '')}"`);
  expect(text.length).toBeLessThan(6144);
});

test('tags what takes part', () => {
  const stack = testStack();
  RegionDrill.include(new s3.Bucket(stack, 'Bucket'), RegionDrillPart.BUCKETS);
  Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { Tags: Match.arrayWith([{ Key: 'DisruptS3', Value: 'Allowed' }]) });
});

test('fails with everything that is wrong at once', () => {
  expect(() => drill({ isolatedRegion: 'us-east-1', stopAlarms: [], duration: Duration.seconds(10), parts: [] }))
    .toThrow(/must be another region than that of the stack, got: us-east-1.*`stopAlarms`.*`duration`.*`parts` must not be empty/);
  expect(() => drill({ isolatedRegion: 'mars' })).toThrow(/`isolatedRegion` must be a region such as us-west-2, got: 'mars'/);
});
