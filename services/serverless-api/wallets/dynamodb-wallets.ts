import {
  type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type Trade, tradeKey, type Wallet } from './wallet';
import type { WalletStore } from './wallet-store';
import { formatDecimal, parseDecimal } from '../../domain';
import type { Instruments } from '../instruments';

type Item = Record<string, AttributeValue>;

const INDEX = 'bySymbol';
/** Sorts after every time, so a range of times never meets it. */
const WALLET = 'wallet';
const REQUEST = 'request#';
/** The first character after the digits that times begin with. */
const AFTER_TIMES = ':';

const s = (value: string): AttributeValue => ({ S: value });
const n = (value: string | number): AttributeValue => ({ N: String(value) });

/** One table, keys `userId` and `timestampTradeId`: an account's wallet, its trades by time, and the ids that its client gave them. */
export class DynamoDbWallets implements WalletStore {
  constructor(private readonly client: DynamoDBClient, private readonly table: string, private readonly instruments: Instruments) {}

  async read(userId: string): Promise<Wallet | undefined> {
    const item = await this.get(userId, WALLET);
    if (!item) return undefined;
    const balances = Object.entries(item.balances.M ?? {}).map(([code, { N }]) => [code, parseDecimal(N ?? '', this.decimals(code), code)] as const);
    return { version: Number(item.version.N), balances: Object.fromEntries(balances), ...(item.last?.M ? { last: tradeOf(item.last.M) } : {}) };
  }

  async open(userId: string, wallet: Wallet): Promise<void> {
    await this.put(userId, WALLET, this.walletItem(wallet), 'attribute_not_exists(userId)');
  }

  commit(userId: string, wallet: Wallet): Promise<boolean> {
    return this.put(userId, WALLET, this.walletItem(wallet), '#version = :before', { ':before': n(wallet.version - 1) });
  }

  async tradeOf(userId: string, clientTradeId: string): Promise<Trade | undefined> {
    const item = await this.get(userId, REQUEST + clientTradeId);
    return item?.trade.M && tradeOf(item.trade.M);
  }

  async complete(userId: string, trade: Trade): Promise<void> {
    // The one that answers a retry comes last: when it is there, the other is too.
    await this.put(userId, tradeKey(trade), itemOf(trade), 'attribute_not_exists(userId)');
    await this.put(userId, REQUEST + trade.clientTradeId, { trade: { M: itemOf(trade) } }, 'attribute_not_exists(userId)');
  }

  async trades(userId: string, limit: number, before = AFTER_TIMES): Promise<Trade[]> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table,
      KeyConditionExpression: 'userId = :user AND timestampTradeId < :before',
      ExpressionAttributeValues: { ':user': s(userId), ':before': s(before < AFTER_TIMES ? before : AFTER_TIMES) },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    }));
    return Items.map(tradeOf);
  }

  async tradesOfSymbol(symbol: string, limit: number): Promise<Trade[]> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table,
      IndexName: INDEX,
      KeyConditionExpression: 'symbol = :symbol',
      ExpressionAttributeValues: { ':symbol': s(symbol) },
      ScanIndexForward: false,
      Limit: limit,
    }));
    return Items.map(tradeOf);
  }

  private async get(userId: string, key: string): Promise<Item | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({
      TableName: this.table, Key: { userId: s(userId), timestampTradeId: s(key) }, ConsistentRead: true,
    }));
    return Item;
  }

  /** @returns false when the condition did not hold */
  private async put(userId: string, key: string, item: Item, condition: string, values?: Item): Promise<boolean> {
    try {
      await this.client.send(new PutItemCommand({
        TableName: this.table,
        Item: { userId: s(userId), timestampTradeId: s(key), ...item },
        ConditionExpression: condition,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values, ExpressionAttributeNames: { '#version': 'version' } }),
      }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private walletItem({ version, balances, last }: Wallet): Item {
    const amounts = Object.entries(balances).map(([code, units]) => [code, n(formatDecimal(units, this.decimals(code)))] as const);
    return { version: n(version), balances: { M: Object.fromEntries(amounts) }, ...(last ? { last: { M: itemOf(last) } } : {}) };
  }

  private decimals(code: string): number {
    const decimals = this.instruments.decimals(code);
    if (decimals === undefined) throw new Error(`a wallet holds ${code}, which belongs to no instrument any more; keep its instrument`);
    return decimals;
  }
}

/** Amounts are DynamoDB's numbers, which are exact to 38 digits; the wallet itself has no symbol and so is not in the index. */
function itemOf(trade: Trade): Item {
  const { quantity, price, amount, portfolioValue, ...texts } = trade;
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, s(value)])),
    quantity: n(quantity), price: n(price), amount: n(amount),
    ...(portfolioValue === undefined ? {} : { portfolioValue: n(portfolioValue) }),
  };
}

function tradeOf(item: Item): Trade {
  const text = (name: string): string => item[name]?.S ?? '';
  return {
    tradeId: text('tradeId'), clientTradeId: text('clientTradeId'), timestamp: text('timestamp'), symbol: text('symbol'),
    action: text('action') as Trade['action'], quantity: item.quantity.N ?? '', price: item.price.N ?? '', amount: item.amount.N ?? '',
    ...(item.portfolioValue?.N === undefined ? {} : { portfolioValue: item.portfolioValue.N }),
  };
}
