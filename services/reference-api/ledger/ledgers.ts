import type { LedgerOrder, LedgerOrderKey, LedgerReader } from './ledger-reader';
import type { InstrumentSpec, PartitionMap } from '../../domain';

/** An order, and where it is. */
export interface PlacedOrder extends LedgerOrder {
  readonly partition: number;
}

function placed(order: LedgerOrder | undefined, partition: number): PlacedOrder | undefined {
  return order && { ...order, partition };
}

/** The ledgers of all partitions. Which of them share a database is nobody's business here. */
export class Ledgers {
  /** @throws Error when a partition has no ledger */
  constructor(readonly partitions: PartitionMap, private readonly readers: ReadonlyMap<number, LedgerReader>) {
    for (const partition of partitions.partitions) this.of(partition);
  }

  of(partition: number): LedgerReader {
    const reader = this.readers.get(partition);
    if (!reader) throw new Error(`partition ${partition} has no ledger`);
    return reader;
  }

  /**
   * Whose an order is and what it trades: first from the ledger that its id names, which has nearly all of them.
   *
   * @returns undefined for an order that none of them has, or not yet
   * @throws what a ledger threw, when no other one has the order
   */
  orderOf(orderId: string): Promise<LedgerOrderKey | undefined> {
    return this.first(this.partitions.partitionOfId(orderId), (ledger) => ledger.orderOf(orderId));
  }

  /** An account's order, with its partition. @throws like `orderOf` */
  order(accountId: string, orderId: string): Promise<PlacedOrder | undefined> {
    return this.first(this.partitions.partitionOfId(orderId), async (ledger, partition) => placed(await ledger.order(accountId, orderId), partition));
  }

  /** An account's latest order under a client order id. @throws like `orderOf` */
  orderByClientId(accountId: string, clientOrderId: string): Promise<PlacedOrder | undefined> {
    return this.first(this.partitions.defaultPartition, async (ledger, partition) => (
      placed(await ledger.orderByClientId(accountId, clientOrderId), partition)));
  }

  /** An account's orders whose ids are from one to another, of all partitions. @throws what a ledger threw: one that is away may have it */
  async ordersBetween(accountId: string, from: string, to: string): Promise<readonly PlacedOrder[]> {
    return (await Promise.all(this.partitions.partitions.map(async (partition) => (
      (await this.of(partition).ordersBetween(accountId, from, to)).map((order): PlacedOrder => ({ ...order, partition })))))).flat();
  }

  /** What the first ledger has that has something, beginning with the likeliest. */
  private async first<T>(likely: number, ask: (ledger: LedgerReader, partition: number) => Promise<T | undefined>): Promise<T | undefined> {
    let failure: { readonly error: unknown } | undefined;
    for (const partition of [likely, ...this.partitions.partitions.filter((one) => one !== likely)]) {
      try {
        const found = await ask(this.of(partition), partition);
        if (found) return found;
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
    return undefined;
  }

  /** Every instrument that a ledger knows of those that can be read. @throws what they threw, when none can */
  async instruments(): Promise<readonly InstrumentSpec[]> {
    const answers = await Promise.allSettled(this.partitions.partitions.map((partition) => this.of(partition).instruments()));
    const read = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    if (read.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
    return read.flat();
  }
}
