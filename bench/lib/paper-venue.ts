import { type AttributeValue, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Trader } from './job';
import type { Reconciliation } from './ledger';
import { ApiSetup } from './traders';
import type { Books, Venue } from './venue';
import type { Platform } from '../../local/platform';

type Item = Readonly<Record<string, AttributeValue>>;

/** What each account owns before the load, so that a sale never has to wait for the purchase before it. */
const STOCK = { BTCUSDT: '0.5', ETHUSDT: '5' } as const;
const SIZES = { BTCUSDT: '0.001', ETHUSDT: '0.01' } as const;
const PRICE_LIMIT_MS = 60_000;

/** The simulator on functions: two accounts that buy and sell on paper, each what they bought before. */
export async function paperVenue(platform: Platform): Promise<Venue> {
  const { baseUrl: url } = platform.describe();
  await fetchPrices(platform);
  const api = new ApiSetup(url);
  try {
    const people = platform.users.filter(({ role }) => role === 'trader').slice(0, 2);
    const accounts = await Promise.all(people.map((person) => api.signIn(person)));
    const symbols = Object.keys(STOCK) as (keyof typeof STOCK)[];
    const traders: Trader[] = [];
    for (const [i, { token }] of accounts.entries()) {
      const symbol = symbols[i];
      await untilPriced(() => api.call('POST', '/v1/trades', { symbol, action: 'BUY', quantity: STOCK[symbol] }, token));
      for (const side of ['buy', 'sell'] as const) traders.push({ token, symbol, side, price: '', quantity: SIZES[symbol] });
    }
    return { way: { url, door: 'paper', fills: true, traders }, openBooks: async () => new PaperBooks(platform, accounts.map(({ accountId }) => accountId)) };
  } finally {
    api.close();
  }
}

/** The exchange is asked every minute; nobody waits for that. */
async function fetchPrices(platform: Platform): Promise<void> {
  const path = platform.schedules().find((one) => one.includes('IngestionSchedulePrices'));
  // With listeners a run takes its whole minute; the first prices of it are enough.
  if (path !== undefined) platform.runSchedule(path).catch(() => undefined);
  await Promise.resolve();
}

async function untilPriced(trade: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + PRICE_LIMIT_MS; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    try {
      await trade();
      return;
    } catch (error) {
      if (!(error as Error).message.includes('price_unavailable') || Date.now() > deadline) throw error;
    }
  }
}

/** The table of wallets and trades: every trade that was acknowledged is there, once, and the wallet counts as many as there are. */
class PaperBooks implements Books {
  private readonly client: DynamoDBClient;
  private readonly table: string;

  constructor(platform: Platform, private readonly accountIds: readonly string[]) {
    const { environment, resources } = platform.describe();
    const found = Object.entries(resources).find(([path, { type }]) => path.includes('-Data/Trades') && /::(GlobalTable|Table)$/.test(type));
    if (!found) throw new Error('the platform has no table of trades to reconcile with');
    this.table = found[1].ref;
    this.client = new DynamoDBClient({
      region: 'us-east-1', endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB, credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  async ended(orderIds: readonly string[]): Promise<number> {
    const known = new Set((await this.trades()).map(({ tradeId }) => tradeId.S));
    return orderIds.filter((id) => known.has(id)).length;
  }

  untilEnded(orderIds: readonly string[]): Promise<number> {
    return this.ended(orderIds);
  }

  async reconcile(orderIds: readonly string[]): Promise<Reconciliation> {
    const trades = await this.trades();
    const settled = await this.ended(orderIds);
    const requests = new Set(trades.map(({ clientTradeId }) => clientTradeId.S));
    const ids = new Set(orderIds).size;
    const duplicated = trades.length - requests.size + orderIds.length - ids;
    return { settled, lost: ids - settled, duplicated, rejected: 0, violations: await this.violations() };
  }

  async close(): Promise<void> {
    this.client.destroy();
    await Promise.resolve();
  }

  /** The wallet's version goes up with every trade, so it says how many there must be. */
  private async violations(): Promise<string[]> {
    const found: string[] = [];
    for (const account of this.accountIds) {
      const items = await this.items(account);
      const wallet = items.find(({ timestampTradeId }) => timestampTradeId.S === 'wallet');
      const trades = items.filter((item) => isTrade(item)).length;
      if (Number(wallet?.version.N) !== trades) found.push(`the wallet of ${account} counts ${wallet?.version.N} trades, the table has ${trades}`);
    }
    return found;
  }

  private async trades(): Promise<Item[]> {
    return (await Promise.all(this.accountIds.map((account) => this.items(account)))).flat().filter((item) => isTrade(item));
  }

  private async items(account: string): Promise<Item[]> {
    const query = {
      TableName: this.table, KeyConditionExpression: 'userId = :user', ExpressionAttributeValues: { ':user': { S: account } }, ConsistentRead: true,
    };
    const items: Item[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(new QueryCommand({ ...query, ExclusiveStartKey }));
      items.push(...page.Items ?? []);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }
}

/** Trades begin with their time; the wallet and the ids of requests do not. */
function isTrade({ timestampTradeId }: Item): boolean {
  return /^\d/.test(timestampTradeId.S ?? '');
}
