import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Redis } from 'ioredis';
import { Sessions } from '../../../adapters/sessions/sessions';
import { startTables, type TestTables } from '../../../adapters/sessions/testing/tables';
import { TokenVerifier } from '../../auth/token-verifier';
import { type Harness, logger, type Task, type TaskOptions } from '../../testing/harness';
import { CLIENT_ID } from '../../testing/tokens';
import { SessionWatch } from '../watch';

/** A client of DynamoDB that can be cut off, and counts what it is asked. */
export class Line {
  away = false;
  readonly asked: string[] = [];

  constructor(private readonly client: DynamoDBClient) {}

  get dynamodb(): DynamoDBClient {
    return { send: (command: object) => this.send(command) } as unknown as DynamoDBClient;
  }

  private send(command: object): Promise<unknown> {
    if (this.away) return Promise.reject(new Error('the table is away'));
    this.asked.push(command.constructor.name);
    return this.client.send(command as never);
  }
}

/** API tasks that keep sessions in a table on an emulator. */
export class SessionTasks {
  tables!: TestTables;
  private readonly connections: Redis[] = [];

  constructor(private readonly harness: Harness) {}

  async start(): Promise<this> {
    this.tables = await startTables();
    return this;
  }

  /** Stops the harness as well: the connections first, or they would try to come back. */
  async stop(): Promise<void> {
    for (const connection of this.connections) connection.disconnect();
    await this.harness.stop();
    await this.tables.stop();
  }

  line(): Line {
    return new Line(this.tables.client);
  }

  /** The table as somebody else writes it, such as the user service. */
  store(line = this.line(), perUser = 20): Sessions {
    return new Sessions({ client: line.dynamodb, table: this.tables.sessions, lifetimeSeconds: 86_400, perUser });
  }

  /** @param cache as the watch has it; default: a connection of its own */
  async task({ line = this.line(), perUser, cache = this.connect(), ...options }: TaskOptions & {
    readonly line?: Line; readonly perUser?: number;
  } = {}): Promise<Task> {
    const store = this.store(line, perUser);
    const watch = new SessionWatch({ sessions: store, cache, subscriber: this.connect(true), logger, pollMs: 300, sightingMs: 60_000 });
    const verifier = new TokenVerifier({
      issuer: this.harness.pool.issuer, clientId: CLIENT_ID, logger, retryMs: 20, requiredScopes: ['aws.cognito.signin.user.admin'], sessions: watch,
    });
    return this.harness.task({ verifier, sessions: { store, watch }, ...options });
  }

  /** A connection to the cache that ends with all of this. */
  connect(subscriber = false): Redis {
    const connection = this.harness.connect(subscriber);
    this.connections.push(connection);
    return connection;
  }

  /** A sign-in some seconds ago; each call gives another token of it. */
  signIn(accountId: string, secondsAgo = 10): () => string {
    const origin = randomUUID();
    const at = Math.floor(Date.now() / 1_000) - secondsAgo;
    return () => this.harness.pool.sign({ ...this.harness.pool.claims(accountId), origin_jti: origin, auth_time: at });
  }
}
