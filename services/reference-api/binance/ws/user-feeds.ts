import { executionReport } from './execution-report';
import { Feed, type Reader } from './feed';
import { type BalanceChange, balancesChannel, type OrderUpdate, ordersChannel } from '../../../domain';
import type { Logger } from '../../../runtime';
import { Lru } from '../../auth/lru';
import type { Ledgers } from '../../ledger/ledgers';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import type { Hub } from '../../ws/hub';
import type { TopicRef } from '../../ws/protocol';
import type { Sink } from '../../ws/topic';
import { eight } from '../amounts';
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

/** What happens to an account, as Binance's user-data stream has it. One for all sockets of the account. */
class UserFeed implements Sink {
  readonly feed: Feed;
  readonly topics: readonly TopicRef[];
  private readonly orders = new Lru<string, KnownOrder>(MOST_ORDERS);
  private work: Promise<void> = Promise.resolve();
  private unsettled = new Map<number, number>();
  /** Last event that moved funds without an order, by partition: after a takeover it may be told again. */
  private readonly moved = new Map<number, number>();
  private readonly assets = new Set<string>();
  private telling = false;

  constructor(private readonly accountId: string, private readonly parts: UserFeedParts) {
    this.feed = new Feed('user', 'complete');
    this.topics = [
      { name: 'orders', channel: ordersChannel(accountId), kind: 'complete' }, { name: 'balances', channel: balancesChannel(accountId), kind: 'complete' },
    ];
  }

  deliver({ name }: TopicRef, frame: Buffer): void {
    const { data } = JSON.parse(frame.toString()) as { data: unknown };
    if (name === 'balances') return this.move(data as BalanceChange);
    for (const update of [data].flat() as OrderUpdate[]) {
      // One after the other: what an order has come to is added up.
      this.work = this.work.then(() => this.take(update)).catch((error: unknown) => this.parts.logger.warn({ err: error }, 'an order event could not be told'));
    }
  }

  /** Funds that came or went without an order. */
  private move({ partition = 0, seq, time, changes }: BalanceChange): void {
    if (seq <= (this.moved.get(partition) ?? 0)) return;
    this.moved.set(partition, seq);
    const now = Date.now();
    for (const { asset, amount } of changes) {
      this.feed.publish({ e: 'balanceUpdate', E: now, a: asset, d: eight(amount), T: time });
      this.assets.add(asset);
    }
    this.parts.known.tellOf(this.accountId, partition, seq);
    this.settle(partition, seq);
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
    this.settle(update.partition ?? 0, update.seq);
  }

  /** An event is to be followed by what the account owns after it. */
  private settle(partition: number, seq: number): void {
    this.unsettled.set(partition, Math.max(seq, this.unsettled.get(partition) ?? 0));
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
      const isOpen = (): boolean => this.feeds.get(accountId) === made;
      made.feed.ready = Promise.all(made.topics.map((ref) => this.parts.hub.join(ref, made, isOpen))).then(() => undefined);
    }
    user.feed.add(reader);
    const joined = user;
    await joined.feed.ready.catch((error: unknown) => {
      this.leave(accountId, reader);
      if (this.feeds.get(accountId) === joined) this.end(accountId, joined);
      throw error;
    });
  }

  leave(accountId: string, reader: Reader): void {
    const user = this.feeds.get(accountId);
    if (!user) return;
    user.feed.remove(reader);
    if (user.feed.readers.size === 0) this.end(accountId, user);
  }

  private end(accountId: string, user: UserFeed): void {
    this.feeds.delete(accountId);
    for (const { channel } of user.topics) this.parts.hub.leave(channel, user);
  }
}
