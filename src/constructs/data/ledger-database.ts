import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** A ledger that services can connect to. */
export interface ILedgerDatabase extends ec2.IConnectable {
  /** Identifier of the cluster in IAM policies, `cluster-…`; IAM authentication must be on. */
  readonly clusterResourceIdentifier: string;

  /** Endpoint that takes writes. */
  readonly writerEndpoint: rds.Endpoint;

  /** Endpoint of the readers. */
  readonly readerEndpoint: rds.Endpoint;

  /** Name of the database. */
  readonly databaseName: string;
}

/** Properties of `LedgerDatabase`. */
export interface LedgerDatabaseProps {
  /** VPC to place the instances in. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the instances.
   *
   * @default - the isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Class of the writer and of the reader. They are equal, so that a failover does not lose capacity.
   *
   * @default - db.r7g.large
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Key that encrypts the data and the backups.
   *
   * @default - the key of RDS in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the administrator's secret.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;

  /**
   * How far back the ledger can be restored to any second.
   *
   * @default Duration.days(35)
   */
  readonly backupRetention?: Duration;

  /**
   * What the rotation of the administrator's password reaches Secrets Manager through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * What happens to the cluster and its secret when they leave the stack. DESTROY also turns deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A port of our own rather than PostgreSQL's well-known one, which scanners try first. */
const PORT = 5433;

/**
 * The ledger: Aurora PostgreSQL 17 with a writer and a reader in different zones. Services sign in with IAM tokens over TLS, which
 * the server demands; the administrator's password is used by the setup of the schema only and is rotated every month.
 */
export class LedgerDatabase extends Construct implements ILedgerDatabase {
  /**
   * A ledger in a PostgreSQL cluster that exists already.
   *
   * @param cluster a cluster with IAM authentication and the roles of the services
   * @param databaseName name of the database
   */
  public static fromDatabaseCluster(cluster: rds.IDatabaseCluster, databaseName: string): ILedgerDatabase {
    return {
      clusterResourceIdentifier: cluster.clusterResourceIdentifier,
      writerEndpoint: cluster.clusterEndpoint,
      readerEndpoint: cluster.clusterReadEndpoint,
      connections: cluster.connections,
      databaseName,
    };
  }

  /** The cluster. */
  public readonly cluster: rds.DatabaseCluster;
  /** Name of the database. */
  public readonly databaseName = 'trading';
  /** Administrator of the database: host, port, dbname, username and password, filled in once the cluster exists. */
  public readonly adminSecret: secretsmanager.ISecret;
  /** Security group of the instances. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Security group of the function that rotates the password. */
  public readonly rotationSecurityGroup: ec2.SecurityGroup;
  /** Network connections of the cluster. */
  public readonly connections: ec2.Connections;
  /** Identifier of the cluster in IAM policies. */
  public readonly clusterResourceIdentifier: string;
  /** Endpoint that takes writes. */
  public readonly writerEndpoint: rds.Endpoint;
  /** Endpoint of the readers. */
  public readonly readerEndpoint: rds.Endpoint;

  public constructor(scope: Construct, id: string, props: LedgerDatabaseProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const vpcSubnets = props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    const instanceType = props.instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE);
    const instance: rds.ProvisionedClusterInstanceProps = {
      instanceType,
      publiclyAccessible: false,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.encryptionKey,
      autoMinorVersionUpgrade: true,
    };
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Ledger database', allowAllOutbound: false });
    const admin = this.createAdmin(props.credentialsKey, removalPolicy);
    this.cluster = new rds.DatabaseCluster(this, 'Resource', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_9 }),
      writer: rds.ClusterInstance.provisioned('Writer', instance),
      // First in line for promotion, as large as the writer.
      readers: [rds.ClusterInstance.provisioned('Reader', { ...instance, promotionTier: 1 })],
      vpc: props.vpc,
      vpcSubnets,
      securityGroups: [this.securityGroup],
      port: PORT,
      credentials: rds.Credentials.fromSecret(admin),
      defaultDatabaseName: this.databaseName,
      iamAuthentication: true,
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      backup: { retention: props.backupRetention ?? Duration.days(35) },
      copyTagsToSnapshot: true,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      cloudwatchLogsExports: ['postgresql'],
      parameters: {
        'rds.force_ssl': '1',
        'ssl_min_protocol_version': 'TLSv1.2',
        'log_statement': 'ddl',
        'log_min_duration_statement': '1000',
      },
    });
    // The port as a number, where the cluster's own connections have a reference: rules read better, in any stack.
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORT) });
    this.clusterResourceIdentifier = this.cluster.clusterResourceIdentifier;
    this.writerEndpoint = this.cluster.clusterEndpoint;
    this.readerEndpoint = this.cluster.clusterReadEndpoint;
    this.adminSecret = this.cluster.secret ?? admin;
    this.rotationSecurityGroup = this.rotate(props, vpcSubnets);
  }

  private createAdmin(encryptionKey: kms.IKey | undefined, removalPolicy: RemovalPolicy): secretsmanager.Secret {
    return new secretsmanager.Secret(this, 'AdminSecret', {
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

  private rotate(props: LedgerDatabaseProps, vpcSubnets: ec2.SubnetSelection): ec2.SecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'RotationSecurityGroup', {
      vpc: props.vpc,
      description: 'Rotation of the password of the ledger administrator',
      allowAllOutbound: false,
    });
    securityGroup.connections.allowToDefaultPort(this, 'Rotation sets the password');
    for (const peer of props.awsApiPeers ?? [ec2.Peer.anyIpv4()]) {
      securityGroup.connections.allowTo(peer, ec2.Port.tcp(443), 'Rotation writes the secret');
    }
    this.adminSecret.addRotationSchedule('Rotation', {
      automaticallyAfter: Duration.days(30),
      // The setup function may run at any time: a rotation in the middle of the first deployment would only get in its way.
      rotateImmediatelyOnUpdate: false,
      hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({
        vpc: props.vpc,
        vpcSubnets,
        securityGroups: [securityGroup],
        excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\,=^-._',
      }),
    });
    return securityGroup;
  }
}
