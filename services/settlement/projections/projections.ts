import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../adapters/postgres/transaction';
import type { KinesisTradeStream } from '../../adapters/trade-stream/kinesis-trade-stream';
import type { EventRun, Trade } from '../../domain';
import { fillsOf } from '../apply';
import { touchedBy } from '../balances';
import { entriesOf } from '../entries';
import { ordersTouchedBy } from '../orders';
import type { FillRow } from '../rows';
import { Instruments } from './instruments';
import { type BalanceNow, balancesOf, type OrderNow, ordersOf } from './ledger-rows';
import type { OrderBook } from './order-book';
import type { OrderHistory } from './order-history';
import { isPersonal } from './people';
import { tradeRecord } from './trade-records';
import type { Trades } from './trades';
import type { Wallets } from './wallets';

/** What is projected; what is absent is not. */
export interface Targets {
  readonly wallets?: Wallets;
  readonly orders?: OrderHistory;
  readonly book?: OrderBook;
  readonly trades?: Trades;
  readonly stream?: KinesisTradeStream;
}

/** Rows of the ledger that read models are to show. */
export interface Shown {
  readonly balances: readonly BalanceNow[];
  readonly orders: readonly OrderNow[];
  readonly fills: readonly FillRow[];
}

/**
 * Read models beside the ledger. What a run touched is read from the ledger after its transaction and written as it is there, so
 * a repetition, a later attempt and a rebuild all write the same, and a model that was lost is made again from the ledger.
 *
 * All that is written for one partition is written under the lock of its row in the ledger: one writer at a time, whoever delivers.
 */
export class Projections {
  constructor(private readonly pool: Pool, private readonly targets: Targets) {}

  /**
   * Brings the read models to what the ledger says of everything in a run, and the run's trades into the stream. For runs that the ledger
   * has, however often.
   *
   * @throws whatever a table or the stream says; then part of it may be there, and the same run must come again
   */
  async project({ partition, events }: EventRun): Promise<void> {
    const { wallets, orders, book, trades, stream } = this.targets;
    const traded = events.filter((event): event is Trade => event.type === 'trade');
    await this.locked(partition, async (client) => {
      const instruments = await Instruments.load(client);
      const touched = touchedBy(events.flatMap(entriesOf)).filter(({ accountId }) => isPersonal(accountId));
      await this.show(partition, instruments, {
        balances: wallets ? await balancesOf(client, partition, touched) : [],
        orders: orders || book ? await ordersOf(client, partition, ordersTouchedBy(events)) : [],
        fills: trades ? traded.flatMap(fillsOf) : [],
      });
      // Last: who hears of a trade finds the read models up to date.
      await stream?.write(traded.map((trade) => tradeRecord(trade, instruments)));
    });
  }

  /** Writes rows of the ledger to the read models that want them, to all at once: none needs what another shows. */
  async show(partition: number, instruments: Instruments, { balances, orders, fills }: Shown): Promise<void> {
    const { wallets, orders: history, book, trades } = this.targets;
    const written = await Promise.allSettled([
      wallets?.write(partition, balances, instruments),
      history?.write(partition, orders, instruments),
      book?.write(partition, orders, instruments),
      trades?.write(partition, fills, instruments),
    ]);
    // Only when all have come back: the partition's lock must outlast whatever is on its way.
    const failed = written.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Does work that nobody else does for this partition at the same time. */
  async locked<T>(partition: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(this.pool, async (client) => {
      await client.query('SELECT FROM ledger.partitions WHERE partition = $1 FOR UPDATE', [partition]);
      return work(client);
    });
  }
}
