import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { CheckFactory, SystemCheck } from './system-check';
import { tradeCheck } from './trade';
import type { Platform } from '../platform';
import { ApiClient } from '../runtime/api-client';
import { LOCAL_CREDENTIALS } from '../runtime/stores';
import { LocalError } from '../servers/errors';

const SESSIONS = '/v1/users/me/sessions';

/**
 * The primary region of the exchange: a trade through the trading and the order service, then the user service behind API Gateway, with its
 * sessions and its audit log in DynamoDB. The region that takes over and the message broker are not here.
 */
class MultiRegionExchangeCheck implements SystemCheck {
  private readonly trade: SystemCheck;
  private readonly api: ApiClient;
  private readonly users: string;
  private readonly dynamodb: DynamoDBClient;
  private token = '';
  private audited: readonly string[] = [];

  constructor(private readonly platform: Platform, signal: AbortSignal) {
    const { baseUrl, environment, resources } = platform.describe();
    this.trade = tradeCheck(platform, signal);
    this.api = new ApiClient(baseUrl);
    const stage = platform.describe().apis[0];
    if (stage === undefined) throw new LocalError('The assembly has no REST API, so no user service can be checked.');
    this.users = stage;
    if (!Object.keys(resources).some((path) => path.includes('Primary-Data'))) throw new LocalError('The assembly has no primary region.');
    this.dynamodb = new DynamoDBClient({ region: 'us-east-1', credentials: LOCAL_CREDENTIALS, endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB });
  }

  steps(): [string, () => Promise<void>][] {
    return [
      ['nothing of the region that takes over runs here', async () => this.oneRegion()],
      ...this.trade.steps(),
      ['API Gateway refuses the user service without a token', () => this.refusal()],
      ['the user service knows who asks and what he may do', () => this.me()],
      ['the API lists orders from the order history in DynamoDB', () => this.history()],
      ['a session is listed, ended, and over', () => this.sessions()],
      ['the audit log has both in DynamoDB, and what operators did', () => this.auditLog()],
      ['its archive has them too, in S3', () => this.auditArchive()],
    ];
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    await this.trade.close();
  }

  private oneRegion(): void {
    const foreign = Object.keys(this.platform.describe().resources).filter((path) => /-Standby/.test(path));
    if (foreign.length > 0) throw new LocalError(`Resources of the region that takes over run here: ${foreign.slice(0, 3).join(', ')}`);
  }

  private async refusal(): Promise<void> {
    const { status } = await fetch(`${this.users}/v1/users/me`);
    if (status !== 401) throw new LocalError(`A request without a token was answered with ${status}.`);
  }

  private async me(): Promise<void> {
    const [trader] = this.platform.users.filter(({ role }) => role === 'trader');
    this.token = (await this.api.signIn(trader)).accessToken;
    const { status, body } = await this.call('GET', '/v1/users/me');
    if (status !== 200 || body.userId !== trader.accountId) throw new LocalError(`The user service answered ${status}: ${JSON.stringify(body)}`);
  }

  private async history(): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const { source, orders } = await this.api.get<{ source?: string; orders: { status: string }[] }>('/v1/orders', this.token);
      if (source !== 'read_model') throw new LocalError('The API does not say that it read the order history.');
      if (orders.some(({ status }) => status === 'filled')) return;
      if (Date.now() > deadline) throw new LocalError('The order history has no filled order after 30 s.');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async sessions(): Promise<void> {
    const { body: { sessions } } = await this.call('GET', SESSIONS);
    const current = (sessions as { sessionId: string; current: boolean }[] | undefined)?.find((one) => one.current);
    if (current === undefined) throw new LocalError(`The session in use is not listed: ${JSON.stringify(sessions)}`);
    const { status } = await this.call('DELETE', `${SESSIONS}/${current.sessionId}`);
    if (status !== 204) throw new LocalError(`Ending a session was answered with ${status}.`);
    const after = await this.call('GET', '/v1/users/me');
    if (after.status !== 401 || after.body.code !== 'session_ended') throw new LocalError(`The token of an ended session was answered with ${after.status}.`);
  }

  private async auditLog(): Promise<void> {
    const [, table] = Object.entries(this.platform.describe().resources).find(([path, { type }]) => path.includes('/Audit') && type === 'AWS::DynamoDB::GlobalTable') ?? [];
    const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName: table?.ref }));
    const actions = new Set(Items.map(({ action }) => action.S));
    this.audited = Items.map(({ hash }) => hash?.S ?? '');
    for (const action of ['session.begin', 'session.end', 'sign-in']) if (!actions.has(action)) throw new LocalError(`The audit log has no entry ${action}.`);
  }

  /** The archiver has up to twenty seconds for a batch, and reads the table once a second here. */
  private async auditArchive(): Promise<void> {
    const { resources, environment } = this.platform.describe();
    const [, bucket] = Object.entries(resources).find(([path, { type }]) => path.includes('/AuditArchive') && type === 'AWS::S3::Bucket') ?? [];
    const s3 = new S3Client({ region: 'us-east-1', credentials: LOCAL_CREDENTIALS, endpoint: environment.AWS_ENDPOINT_URL_S3, forcePathStyle: true });
    try {
      for (let attempt = 0; ; attempt++) {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket?.ref, Prefix: 'audit/' }));
        const read = async (Key?: string) => (await s3.send(new GetObjectCommand({ Bucket: bucket?.ref, Key }))).Body!.transformToString();
        const files = await Promise.all(Contents.map(({ Key }) => read(Key)));
        const missing = this.audited.filter((hash) => !files.some((text) => text.includes(hash)));
        if (missing.length === 0) return;
        if (attempt > 100) throw new LocalError(`${missing.length} of ${this.audited.length} entries of the audit log are not in its archive.`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      s3.destroy();
    }
  }

  private async call(method: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${this.users}${path}`, { method, headers: { authorization: `Bearer ${this.token}` } });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) as Record<string, unknown> };
  }
}

export const multiRegionExchangeCheck: CheckFactory = (platform, signal) => new MultiRegionExchangeCheck(platform, signal);
