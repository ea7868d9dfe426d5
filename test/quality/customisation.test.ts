/** A user's own rules reach what is inside our constructs: property injectors at construction, mixins and aspects afterwards. */
import { App, Aspects, CfnResource, Duration, InjectionContext, IPropertyInjector, Mixins, PropertyInjectors, TagManager, Tags } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct, IMixin } from 'constructs';
import { testApp } from '../support/apps';
import { EVERY_CONSTRUCT, LAYERS } from '../support/every-construct';
import { resourcesOfLayer } from '../support/every-construct/resources';

interface Change {
  readonly id: string;
  readonly type: string;
  readonly props: object;
  /** What the resource must then hold. */
  readonly properties: Record<string, unknown>;
}

/** One harmless change per class of the CDK; none is a value that our constructs set. */
const CHANGES: Change[] = [
  { id: 'aws-s3.Bucket', type: 'AWS::S3::Bucket', props: { transferAcceleration: true }, properties: { AccelerateConfiguration: { AccelerationStatus: 'Enabled' } } },
  { id: 'aws-sqs.Queue', type: 'AWS::SQS::Queue', props: { maxMessageSizeBytes: 2048 }, properties: { MaximumMessageSize: 2048 } },
  { id: 'aws-kms.Key', type: 'AWS::KMS::Key', props: { description: 'injected' }, properties: { Description: 'injected' } },
  { id: 'aws-log.LogGroup', type: 'AWS::Logs::LogGroup', props: { retention: logs.RetentionDays.FIVE_YEARS }, properties: { RetentionInDays: 1827 } },
  { id: 'aws-lambda.Function', type: 'AWS::Lambda::Function', props: { description: 'injected' }, properties: { Description: 'injected' } },
  { id: 'aws-dynamodb.TableV2', type: 'AWS::DynamoDB::GlobalTable', props: { tableName: 'injected' }, properties: { TableName: 'injected' } },
  { id: 'aws-kinesis.Stream', type: 'AWS::Kinesis::Stream', props: { retentionPeriod: Duration.hours(777) }, properties: { RetentionPeriodHours: 777 } },
  { id: 'aws-secretsmanager.Secret', type: 'AWS::SecretsManager::Secret', props: { description: 'injected' }, properties: { Description: 'injected' } },
  { id: 'aws-iam.Role', type: 'AWS::IAM::Role', props: { description: 'injected' }, properties: { Description: 'injected' } },
  { id: 'aws-cloudwatch.Alarm', type: 'AWS::CloudWatch::Alarm', props: { alarmDescription: 'injected' }, properties: { AlarmDescription: 'injected' } },
  { id: 'aws-ec2.SecurityGroup', type: 'AWS::EC2::SecurityGroup', props: { securityGroupName: 'injected' }, properties: { GroupName: 'injected' } },
  { id: 'aws-sns.Topic', type: 'AWS::SNS::Topic', props: { displayName: 'injected' }, properties: { DisplayName: 'injected' } },
  { id: 'aws-rds.DatabaseCluster', type: 'AWS::RDS::DBCluster', props: { copyTagsToSnapshot: false }, properties: { CopyTagsToSnapshot: false } },
  { id: 'aws-rds.DatabaseInstance', type: 'AWS::RDS::DBInstance', props: { maxAllocatedStorage: 4321 }, properties: { MaxAllocatedStorage: 4321 } },
  { id: 'aws-backup.BackupVault', type: 'AWS::Backup::BackupVault', props: { backupVaultName: 'injected' }, properties: { BackupVaultName: 'injected' } },
  { id: 'aws-cognito.UserPool', type: 'AWS::Cognito::UserPool', props: { userPoolName: 'injected' }, properties: { UserPoolName: 'injected' } },
  { id: 'aws-ecs.FargateTaskDefinition', type: 'AWS::ECS::TaskDefinition', props: { family: 'injected' }, properties: { Family: 'injected' } },
  { id: 'aws-ecs.FargateService', type: 'AWS::ECS::Service', props: { serviceName: 'injected' }, properties: { ServiceName: 'injected' } },
  { id: 'aws-ecs.Cluster', type: 'AWS::ECS::Cluster', props: { clusterName: 'injected' }, properties: { ClusterName: 'injected' } },
  { id: 'aws-ecr.Repository', type: 'AWS::ECR::Repository', props: { repositoryName: 'injected' }, properties: { RepositoryName: 'injected' } },
  { id: 'aws-ec2.Vpc', type: 'AWS::EC2::VPC', props: { enableDnsHostnames: false }, properties: { EnableDnsHostnames: false } },
  { id: 'aws-cloudfront.Distribution', type: 'AWS::CloudFront::Distribution', props: { comment: 'injected' }, properties: { DistributionConfig: { Comment: 'injected' } } },
  { id: 'aws-apigateway.RestApi', type: 'AWS::ApiGateway::RestApi', props: { description: 'injected' }, properties: { Description: 'injected' } },
  { id: 'aws-elasticloadbalancingv2.ApplicationLoadBalancer', type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', props: { loadBalancerName: 'injected' }, properties: { Name: 'injected' } },
];

const changedSomewhere = new Set<string>();

class Injected implements IPropertyInjector {
  public readonly constructUniqueId: string;
  public readonly seen = new Set<string>();

  public constructor(id: string, private readonly change?: object) {
    this.constructUniqueId = `aws-cdk-lib.${id}`;
  }

  public inject(props: object, { scope, id }: InjectionContext): object {
    this.seen.add(`${scope.node.path}/${id.replace(/\//g, '--')}`);
    return this.change === undefined ? props : { ...props, ...this.change };
  }
}

/** Id by which injectors know a class; the CDK leaves what is only referred to without a resource. */
function injectionId(construct: IConstruct): string | undefined {
  const { PROPERTY_INJECTION_ID: id } = construct.constructor as { PROPERTY_INJECTION_ID?: string };
  return CfnResource.isCfnResource(construct.node.defaultChild) ? id?.replace('aws-cdk-lib.', '') : undefined;
}

describe.each(LAYERS)('%s', (layer) => {
  test('injectors of the app are asked for every construct of the CDK inside', () => {
    const known = testApp();
    EVERY_CONSTRUCT[layer](known);
    const ids = new Set(known.node.findAll().map(injectionId).filter((id) => id !== undefined));
    const app = testApp();
    const injectors = [...ids].map((id) => new Injected(id));
    PropertyInjectors.of(app).add(...injectors);
    EVERY_CONSTRUCT[layer](app);
    const seen = new Set(injectors.flatMap((injector) => [...injector.seen]));
    const inside = app.node.findAll().filter((construct) => injectionId(construct) !== undefined).map(({ node }) => node.path);
    expect(inside.filter((path) => !seen.has(path))).toEqual([]);
  });

  test('what they change is what the template says', () => {
    for (const { id, type, props, properties } of CHANGES) {
      const injector = new Injected(id, props);
      const after = resourcesOfLayer(layer, (app) => PropertyInjectors.of(app).add(injector)).filter(({ Type }) => Type === type);
      const changed = after.filter(({ Properties }) => Object.entries(properties).every(([name, value]) => contains(Properties[name], value)));
      expect({ type, changed: changed.length }).toEqual({ type, changed: injector.seen.size });
      if (changed.length > 0) changedSomewhere.add(id);
    }
  });
});

test('every change was tried on something', () => {
  expect(CHANGES.filter(({ id }) => !changedSomewhere.has(id)).map(({ id }) => id)).toEqual([]);
});

/** What a mixin and an aspect have in common: something is done to resources of the CDK's lowest level. */
class Marked implements IMixin {
  public supports(construct: IConstruct): construct is CfnResource {
    return CfnResource.isCfnResource(construct);
  }

  public applyTo(construct: IConstruct): void {
    (construct as CfnResource).addMetadata('marked', true);
  }

  public visit(construct: IConstruct): void {
    if (this.supports(construct)) this.applyTo(construct);
  }
}

describe.each(LAYERS)('%s', (layer) => {
  const resources = (app: App) => app.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));

  test('mixins reach every resource inside', () => {
    const app = testApp();
    EVERY_CONSTRUCT[layer](app);
    Mixins.of(app).apply(new Marked());
    expect(resources(app).length).toBeGreaterThan(1);
    expect(resources(app).filter((resource) => (resource as CfnResource).getMetadata('marked') !== true)).toEqual([]);
  });

  test('aspects reach every resource inside', () => {
    const app = testApp();
    EVERY_CONSTRUCT[layer](app);
    Aspects.of(app).add(new Marked());
    app.synth();
    expect(resources(app).filter((resource) => (resource as CfnResource).getMetadata('marked') !== true).map(({ node }) => node.path)).toEqual([]);
  });

  test('tags of the app are on everything that takes tags', () => {
    const app = testApp();
    EVERY_CONSTRUCT[layer](app);
    Tags.of(app).add('desk', 'rates');
    app.synth();
    const untagged = resources(app).filter((resource) => TagManager.of(resource) !== undefined && TagManager.of(resource)!.tagValues().desk !== 'rates');
    expect(untagged.map(({ node }) => node.path)).toEqual([]);
  });
});

function contains(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  return Object.entries(expected).every(([name, value]) => contains((actual as Record<string, unknown> | undefined)?.[name], value));
}
