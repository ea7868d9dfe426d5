import { executionReport } from './execution-report';
import { Feed, type Reader } from './feed';
import { type OrderUpdate, ordersChannel } from '../../../domain';
import type { Logger } from '../../../runtime';
import { Lru } from '../../auth/lru';
import type { Ledgers } from '../../ledger/ledgers';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import type { Hub } from '../../ws/hub';
import type { TopicRef } from '../../ws/protocol';
import type { Sink } from '../../ws/topic';
import type { KnownOrders } from '../known-orders';
import { balancesOf } from '../operations/account';
import type { KnownOrder } from '../order-view';
import { advanced } from './order-state';

export interface UserFeedParts {
  readonly hub: Hub;
  readonly known: KnownOrders;
  readonly catalog: InstrumentCatalog;
  readonly ledgers: Ledgers;
  readonly logger: Logger;
}

/** Orders of one account whose course is remembered while it listens. */
const MOST_ORDERS = 5_000;
/** Longest wait for the ledger to have an event whose balances are to be told. */
const SETTLED_MS = 5_000;

/** What an account's orders do, as Binance's user-data stream has it. One for all sockets of the account. */
class UserFeed implements Sink {
  readonly feed: Feed;
  readonly ref: TopicRef;
  private readonly orders = new Lru<string, KnownOrder>(MOST_ORDERS);
  private work: Promise<void> = Promise.resolve();
  private unsettled = new Map<number, number>();
  private readonly assets = new Set<string>();
  private telling = false;

  constructor(private readonly accountId: string, private readonly parts: UserFeedParts) {
    this.feed = new Feed('user', 'complete');
    this.ref = { name: 'orders', channel: ordersChannel(accountId), kind: 'complete' };
  }

  deliver(_topic: TopicRef, frame: Buffer): void {
    const { data } = JSON.parse(frame.toString()) as { data: OrderUpdate | readonly OrderUpdate[] };
    for (const update of [data].flat() as OrderUpdate[]) {
      // One after the other: what an order has come to is added up.
      this.work = this.work.then(() => this.take(update)).catch((error: unknown) => this.parts.logger.warn({ err: error }, 'an order event could not be told'));
    }
  }

  private async take(update: OrderUpdate): Promise<void> {
    const { known, catalog } = this.parts;
    const before = this.orders.get(update.orderId) ?? (update.event === 'accepted' || update.event === 'rejected' ? undefined : await known.ofId(this.accountId, update.orderId));
    const after = advanced(before, update);
    if (!after) return;
    this.orders.set(after.orderId, after);
    const instrument = catalog.get(after.symbol);
    known.tell(this.accountId, after.symbol, update.seq);
    const report = executionReport(after, update);
    if (report) this.feed.publish(report);
    if (!instrument) return;
    this.assets.add(instrument.base.code).add(instrument.quote.code);
    const { partition = 0 } = update;
    this.unsettled.set(partition, Math.max(update.seq, this.unsettled.get(partition) ?? 0));
    void this.tellBalances();
  }

  /** Tells what the account owns after the events so far, when the ledger has them. What comes meanwhile is told together. */
  private async tellBalances(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    try {
      while (this.unsettled.size > 0) {
        const upTo = this.unsettled;
        const assets = new Set(this.assets);
        this.unsettled = new Map();
        this.assets.clear();
        await Promise.all([...upTo].map(([partition, seq]) => this.parts.known.reaches(partition, seq, SETTLED_MS)));
        const balances = await balancesOf(this.parts, this.accountId);
        const now = Date.now();
        this.feed.publish({
          e: 'outboundAccountPosition', E: now, u: now,
          B: balances.filter(({ asset }) => assets.has(asset)).map(({ asset, free, locked }) => ({ a: asset, f: free, l: locked })),
        });
      }
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'balances could not be told');
    } finally {
      this.telling = false;
    }
  }
}

/** The user-data streams of all accounts. */
export class UserFeeds {
  private readonly feeds = new Map<string, UserFeed>();

  constructor(private readonly parts: UserFeedParts) {}

  /** @throws StreamUnavailableError while the cache cannot be subscribed to */
  async join(accountId: string, reader: Reader): Promise<void> {
    let user = this.feeds.get(accountId);
    if (!user) {
      const made = new UserFeed(accountId, this.parts);
      this.feeds.set(accountId, user = made);
      made.feed.ready = this.parts.hub.join(made.ref, made, () => this.feeds.get(accountId) === made).then(() => undefined);
    }
    user.feed.add(reader);
    const joined = user;
    await joined.feed.ready.catch((error: unknown) => {
      this.leave(accountId, reader);
      if (this.feeds.get(accountId) === joined) this.feeds.delete(accountId);
      throw error;
    });
  }

  leave(accountId: string, reader: Reader): void {
    const user = this.feeds.get(accountId);
    if (!user) return;
    user.feed.remove(reader);
    if (user.feed.readers.size > 0) return;
    this.feeds.delete(accountId);
    this.parts.hub.leave(user.ref.channel, user);
  }
}
