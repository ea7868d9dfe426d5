import { Arn, ArnFormat, Aws, Duration, Token, Tokenization } from 'aws-cdk-lib';
import type * as cognito from 'aws-cdk-lib/aws-cognito';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { ACTIONS, KEY_ACTIONS } from './access';
import { Faults } from './faults';
import type { ILedgerDatabase } from '../constructs/data/ledger-database';
import type { IMarketCache } from '../constructs/data/market-cache';

/** The facts of a manifest that a construct needs. */
export interface ServiceManifest {
  readonly serviceName: string;
  readonly kind: 'container' | 'function';
  readonly internetEgress: boolean;
  readonly port?: number;
  readonly healthPath?: string;
  /** Environment value that says where the service shows its metrics. */
  readonly metricsAddress?: string;
  /** Environment value that takes the name of the service among the metrics of CloudWatch. */
  readonly metricsName?: string;
  /** Environment value that takes the address of a collector. */
  readonly collector?: string;
  readonly handler?: string;
  readonly timeoutSeconds?: number;
  readonly memoryMiB?: number;
  /** The queue, the stream or the table that starts a function. */
  readonly eventSource?: {
    readonly queue?: sqs.IQueue;
    readonly stream?: kinesis.IStream;
    readonly table?: dynamodb.ITable;
    readonly batchSize: number;
  };
}

/**
 * Turns what a service needs into environment, secrets, policy statements and network peers. Called by generated code only:
 * each method is one kind of environment value, and it is the only place that says which actions such a value allows.
 */
export class ServiceRendering {
  /** Environment values by name. */
  public readonly environment: Record<string, string> = {};
  /** Secrets whose value is injected, by the name of the environment value. */
  public readonly secrets: Record<string, secretsmanager.ISecret> = {};
  /** Everything the service may do, least privilege. */
  public readonly statements: PolicyStatementProps[] = [];
  /** What the service opens connections to, each on its default port. */
  public readonly peers: ec2.IConnectable[] = [];
  private readonly faults: Faults;

  public constructor(public readonly manifest: ServiceManifest) {
    this.faults = new Faults(`service ${manifest.serviceName}`);
    const stream = manifest.eventSource?.stream;
    if (stream !== undefined) this.allow(ACTIONS.streamEventSource, [stream.streamArn]);
    const table = manifest.eventSource?.table;
    if (table === undefined) return;
    this.faults.check(table.tableStreamArn !== undefined, 'the table whose changes start it must have a stream; a copy in another region has its own, under an ARN that must be given');
    if (table.tableStreamArn !== undefined) this.allow(ACTIONS.tableEventSource, [table.tableStreamArn]);
  }

  public text(name: string, value: string): void {
    this.faults.check(value !== '', `${name} must not be empty`);
    this.environment[name] = value;
  }

  /** Where the service listens beside its own port: host:port. */
  public socketAddress(name: string, value: string): void {
    const port = Number(/^[\w.-]+:(\d{1,5})$/.exec(value)?.[1]);
    this.faults.check(Token.isUnresolved(value) || (port <= 65535 && port !== this.manifest.port),
      `${name} must be host:port with another port than the service's own ${this.manifest.port}, got: '${value}'`);
    this.environment[name] = value;
  }

  public integer(name: string, value: number, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): void {
    this.faults.check(Token.isUnresolved(value) || (Number.isInteger(value) && value >= minimum && value <= maximum),
      `${name} must be a whole number from ${minimum} to ${maximum}, got: ${value}`);
    this.environment[name] = Tokenization.stringifyNumber(value);
  }

  public duration(name: string, value: Duration, unit: 'millis' | 'seconds', minimum: number): void {
    if (value.isUnresolved()) return this.text(name, String(unit === 'millis' ? value.toMilliseconds() : value.toSeconds()));
    const amount = unit === 'millis' ? value.toMilliseconds() : value.toSeconds({ integral: false });
    this.faults.check(Number.isInteger(amount) && amount >= minimum, `${name} must be a whole number of ${unit}, at least ${minimum}, got: ${value.toHumanString()}`);
    this.environment[name] = String(amount);
  }

  public list(name: string, items: string[]): void {
    const bad = Token.isUnresolved(items) ? [] : items.filter((item) => item === '' || item.includes(','));
    this.faults.check(items.length > 0 && bad.length === 0, `${name} must be a list of texts without commas, got: ${JSON.stringify(items)}`);
    this.environment[name] = items.join(',');
  }

  public json(name: string, value: string): void {
    if (!Token.isUnresolved(value)) {
      try {
        JSON.parse(value);
      } catch (error) {
        this.faults.add(`${name} must be JSON: ${(error as Error).message}`);
      }
    }
    this.environment[name] = value;
  }

  public stream(name: string, stream: kinesis.IStream, access: 'read' | 'write'): void {
    this.environment[name] = stream.streamName;
    this.allow(ACTIONS.stream[access], [stream.streamArn]);
    this.allowKey(stream.encryptionKey, 'kinesis', KEY_ACTIONS.stream[access]);
  }

  public streamConsumer(name: string, consumer: kinesis.IStreamConsumer): void {
    this.environment[name] = consumer.streamConsumerArn;
    this.allow(ACTIONS.streamConsumer, [consumer.streamConsumerArn]);
  }

  public queue(name: string, queue: sqs.IQueue, access: 'send' | 'consume'): void {
    this.environment[name] = queue.queueUrl;
    this.allow(ACTIONS.queue[access], [queue.queueArn]);
    this.allowKey(queue.encryptionMasterKey, 'sqs', KEY_ACTIONS.queue[access]);
  }

  public table(name: string, table: dynamodb.ITable, access: 'append' | 'read' | 'readWrite', indexes: string[] = []): void {
    this.environment[name] = table.tableName;
    this.allow(ACTIONS.table[access], [table.tableArn]);
    if (indexes.length > 0) this.allow(ACTIONS.tableIndex, indexes.map((index) => `${table.tableArn}/index/${index}`));
    this.allowKey(table.encryptionKey, 'dynamodb', KEY_ACTIONS.table[access]);
  }

  public bucket(name: string, bucket: s3.IBucket, access: 'read' | 'write' | 'readWrite', prefix: string): void {
    this.environment[name] = bucket.bucketName;
    this.allow(ACTIONS.bucket[access], [bucket.arnForObjects(`${prefix}*`)]);
    if (access !== 'write') {
      this.statements.push({ actions: ACTIONS.bucketList, resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${prefix}*` } } });
    }
    this.allowKey(bucket.encryptionKey, 's3', KEY_ACTIONS.bucket[access]);
  }

  public cache(name: string, cache: IMarketCache): void {
    this.environment[name] = `rediss://${cache.endpointAddress}:${cache.endpointPort}`;
    this.peers.push(cache);
  }

  /** The platform reads the secret when it starts a task; the service itself gets no permission. */
  public secret(name: string, secret: secretsmanager.ISecret): void {
    this.secrets[name] = secret;
  }

  public secretArn(name: string, secret: secretsmanager.ISecret): void {
    this.environment[name] = secret.secretArn;
    this.allow(ACTIONS.secretArn, [secret.secretArn]);
    this.allowKey(secret.encryptionKey, 'secretsmanager', KEY_ACTIONS.secretArn);
  }

  public database(name: string, ledger: ILedgerDatabase, endpoint: 'writer' | 'reader', user: string): void {
    this.environment[name] = urlOf(ledger, endpoint, user);
    this.connect(ledger, user);
  }

  /** One for each partition, in their order; several may be the same. */
  public databases(name: string, ledgers: ILedgerDatabase[], endpoint: 'writer' | 'reader', user: string): void {
    this.faults.check(ledgers.length > 0, `${name} must be a list of at least one ledger`);
    // Nothing that needs escaping is in a URL of ours, so that tokens may stand in it.
    this.environment[name] = `[${ledgers.map((ledger) => `"${urlOf(ledger, endpoint, user)}"`).join(',')}]`;
    for (const ledger of new Set(ledgers)) this.connect(ledger, user);
  }

  public userPoolIssuer(name: string, pool: cognito.IUserPool): void {
    this.environment[name] = `https://${pool.userPoolProviderName}`;
  }

  public userPoolClient(name: string, client: cognito.IUserPoolClient): void {
    this.environment[name] = client.userPoolClientId;
  }

  /**
   * Ends the rendering.
   *
   * @throws Error that lists every value that its manifest forbids.
   */
  public done(): this {
    this.faults.check(this.environment.DEBUG !== 'true' || this.environment.ENVIRONMENT !== 'production',
      'DEBUG must not be true while ENVIRONMENT is "production"; set debug to false or name another environment');
    this.faults.throwIfAny();
    return this;
  }

  private connect(ledger: ILedgerDatabase, user: string): void {
    if (this.peers.includes(ledger)) return;
    this.allow(ACTIONS.database, [Arn.format({
      partition: Aws.PARTITION,
      region: Aws.REGION,
      account: Aws.ACCOUNT_ID,
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${ledger.clusterResourceIdentifier}/${user}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })]);
    this.peers.push(ledger);
  }

  private allow(actions: readonly string[], resources: string[]): void {
    this.statements.push({ actions: [...actions], resources });
  }

  /** A customer key is used through its service only, so a stolen role cannot decrypt what it got elsewhere. */
  private allowKey(key: kms.IKeyRef | undefined, service: string, actions: readonly string[]): void {
    if (key === undefined || actions.length === 0) return;
    this.statements.push({
      actions: [...actions],
      resources: [key.keyRef.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
    });
  }
}

function urlOf(ledger: ILedgerDatabase, endpoint: 'writer' | 'reader', user: string): string {
  const { socketAddress } = endpoint === 'writer' ? ledger.writerEndpoint : ledger.readerEndpoint;
  return `postgresql://${user}@${socketAddress}/${ledger.databaseName}`;
}
