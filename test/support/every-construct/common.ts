import { Environment } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ILedgerDatabase, IMarketCache, ServiceDefinition, TradingStack } from '../../../src';
import { givenVpc } from '../apps';
import { givenAlarmAction } from '../given';

const ACCOUNT = 'us-east-1:111111111111';

/** Name of the context value by which `create` changes what it defines. */
export const OVERRIDE = 'every-construct:override';

/** Properties of every construct of a class. */
export interface Override {
  readonly type: string;
  readonly props: object;
}

export const mail = ['oncall@example.com'];

/** What a platform team has already and hands to every construct that takes it. Nothing of it is a resource of the template. */
export class LayerStack extends TradingStack {
  public readonly vpc: ec2.IVpc = givenVpc(this);
  public readonly alarmActions = [givenAlarmAction(this)];
  public readonly alarm: cloudwatch.IAlarm = cloudwatch.Alarm.fromAlarmArn(this, 'GivenAlarm', `arn:aws:cloudwatch:${ACCOUNT}:alarm:orders`);
  public readonly accessLogs: s3.IBucket = s3.Bucket.fromBucketName(this, 'GivenLogs', 'access-logs');
  public readonly store: s3.IBucket = s3.Bucket.fromBucketName(this, 'GivenStore', 'cold-store');
  public readonly encryptionKey: kms.IKey = kms.Key.fromKeyArn(this, 'GivenKey', `arn:aws:kms:${ACCOUNT}:key/1a2b3c4d-0000-4000-8000-000000000000`);
  public readonly stream: kinesis.IStream = kinesis.Stream.fromStreamArn(this, 'GivenStream', `arn:aws:kinesis:${ACCOUNT}:stream/market-data`);
  public readonly certificate: acm.ICertificate = acm.Certificate.fromCertificateArn(this, 'GivenCertificate', `arn:aws:acm:${ACCOUNT}:certificate/1a2b3c4d-0000-4000-8000-000000000000`);
  public readonly cache: IMarketCache = { endpointAddress: 'cache.internal', endpointPort: '6380', connections: this.connections('Cache', 6380) };
  public readonly cacheAuthToken: secretsmanager.ISecret = secretsmanager.Secret.fromSecretCompleteArn(
    this, 'GivenToken', `arn:aws:secretsmanager:${ACCOUNT}:secret:token-AbCdEf`,
  );
  public readonly hostedZone: route53.IHostedZone = route53.HostedZone.fromHostedZoneAttributes(this, 'GivenZone', {
    hostedZoneId: 'Z0789473A6S6HO6JIQO1', zoneName: 'example.com',
  });

  public constructor(scope: Construct, id: string, env?: Environment) {
    super(scope, id, { env });
  }

  /**
   * Defines a construct in its minimal form, with somebody who hears of its alarms. A test may set a property of one class for the
   * whole app by the context value `OVERRIDE`.
   */
  public create<P extends object, T extends Construct>(type: new (scope: Construct, id: string, props: P) => T, id: string, props?: P): T {
    const override = this.node.tryGetContext(OVERRIDE) as Override | undefined;
    return new type(this, id, { alarmActions: this.alarmActions, ...props, ...(override?.type === type.name ? override.props : {}) } as P);
  }

  public queue(name: string): sqs.IQueue {
    return sqs.Queue.fromQueueArn(this, `GivenQueue${name}`, `arn:aws:sqs:${ACCOUNT}:${name}`);
  }

  public functionWithRole(): lambda.IFunction {
    const role = iam.Role.fromRoleArn(this, 'GivenRole', 'arn:aws:iam::111111111111:role/replay');
    return lambda.Function.fromFunctionAttributes(this, 'GivenFunction', {
      functionArn: `arn:aws:lambda:${ACCOUNT}:function:replay`, sameEnvironment: true, role,
    });
  }

  public loadBalancer(): elbv2.IApplicationLoadBalancer {
    return elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(this, 'GivenLoadBalancer', {
      loadBalancerArn: `arn:aws:elasticloadbalancing:${ACCOUNT}:loadbalancer/app/api/50dc6c495c0c9188`,
      securityGroupId: 'sg-0123456789abcdef0',
      loadBalancerDnsName: 'api.elb.amazonaws.com',
      vpc: this.vpc,
    });
  }

  public ledger(): ILedgerDatabase {
    const endpoint = new rds.Endpoint('ledger.internal', 5433);
    return {
      clusterResourceIdentifier: 'cluster-ABCDEFGHIJKL', databaseName: 'ledger', writerEndpoint: endpoint, readerEndpoint: endpoint, connections: this.connections('Ledger', 5433),
    };
  }

  /** A container service that needs little. */
  public definition(): ServiceDefinition {
    return ServiceDefinition.streamer({ marketDataStream: this.stream, cache: this.cache, cacheAuthToken: this.cacheAuthToken });
  }

  private connections(name: string, port: number): ec2.Connections {
    return new ec2.Connections({
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(this, `GivenGroup${name}`, 'sg-0123456789abcdef0')], defaultPort: ec2.Port.tcp(port),
    });
  }
}
