import { ArnFormat, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Faults } from '../../private/faults';

/** A port of our own rather than PostgreSQL's well-known one, which scanners try first. */
export const LEDGER_PORT = 5433;

/** Nothing without TLS; changes of the schema and slow statements in the log. */
export const SECURE_PARAMETERS: { [name: string]: string } = {
  'rds.force_ssl': '1',
  'ssl_min_protocol_version': 'TLSv1.2',
  'log_statement': 'ddl',
  'log_min_duration_statement': '1000',
};

/** Oldest major version of PostgreSQL that a ledger runs on. */
const OLDEST_POSTGRES = 15;

/** Adds a fault for an engine that is too old, and for one that cannot be known before the deployment. */
export function checkPostgresVersion(faults: Faults, engine: string, major = '17', full = major): void {
  const known = !Token.isUnresolved(major);
  faults.check(known && Number.parseInt(major, 10) >= OLDEST_POSTGRES,
    `\`engineVersion\` must be ${engine} ${OLDEST_POSTGRES} or newer, got: ${known ? full : 'an unresolved token; write the version in the program'}`);
}

/** The administrator with a generated password. */
export function createLedgerAdmin(scope: Construct, encryptionKey: kms.IKey | undefined, removalPolicy: RemovalPolicy): secretsmanager.Secret {
  return new secretsmanager.Secret(scope, 'AdminSecret', {
    description: 'Administrator of the ledger database',
    encryptionKey,
    removalPolicy,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: 'ledger_admin' }),
      generateStringKey: 'password',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });
}

/** Rotates the administrator's password every month; answers with the schedule and the security group of the function that does it. */
export function rotateLedgerAdmin(scope: Construct, options: {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly awsApiPeers?: ec2.IConnectable[];
  readonly ledger: ec2.IConnectable;
  readonly adminSecret: secretsmanager.ISecret;
}): { readonly rotation: secretsmanager.RotationSchedule; readonly securityGroup: ec2.SecurityGroup } {
  const securityGroup = new ec2.SecurityGroup(scope, 'RotationSecurityGroup', {
    vpc: options.vpc,
    description: 'Rotation of the password of the ledger administrator',
    allowAllOutbound: false,
  });
  securityGroup.connections.allowToDefaultPort(options.ledger, 'Rotation sets the password');
  for (const peer of options.awsApiPeers ?? [ec2.Peer.anyIpv4()]) {
    securityGroup.connections.allowTo(peer, ec2.Port.tcp(443), 'Rotation writes the secret');
  }
  const rotation = options.adminSecret.addRotationSchedule('Rotation', {
    automaticallyAfter: Duration.days(30),
    // The setup of the schema may run at any time: a rotation in the middle of the first deployment would only get in its way.
    rotateImmediatelyOnUpdate: false,
    hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({
      vpc: options.vpc,
      vpcSubnets: options.vpcSubnets,
      securityGroups: [securityGroup],
      excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\,=^-._',
    }),
  });
  return { rotation, securityGroup };
}

/** What RDS reports the metrics of the operating system with: the one log group it knows, and no managed policy. */
export function monitoringRole(scope: Construct): iam.Role {
  const logGroup = Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: 'RDSOSMetrics', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const role = new iam.Role(scope, 'MonitoringRole', {
    description: 'RDS reports the metrics of the operating system',
    assumedBy: new iam.ServicePrincipal('monitoring.rds.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } } }),
  });
  new iam.ManagedPolicy(scope, 'MonitoringPolicy', {
    description: 'Metrics of the operating system of databases',
    roles: [role],
    statements: [
      new iam.PolicyStatement({ actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'], resources: [logGroup] }),
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams', 'logs:GetLogEvents'],
        resources: [`${logGroup}:log-stream:*`],
      }),
    ],
  });
  return role;
}
