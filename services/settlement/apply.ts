import { type Event, NIL_UUID, type Trade } from '../domain';
import { Balances } from './balances';
import { entriesOf } from './entries';
import { RefusedEventError } from './errors';
import { Orders, timeOf } from './orders';
import { References } from './references';
import type { AmendmentRow, Balance, BeginningRow, Changes, DepositRow, DuplicateRow, EntryRow, FillRow, KnownOrder, RefusedTransferRow, TransferRow } from './rows';

/** What the ledger has of what a run touches. */
export interface Known {
  readonly balances: readonly Balance[];
  readonly orders: readonly KnownOrder[];
}

/**
 * What a run of events changes in the ledger. Pure: the same events on the same state give the same rows, and a run gives what its
 * parts give one after the other.
 *
 * @throws RefusedEventError naming the event that contradicts what came before it
 */
export function changesOf(events: readonly Event[], known: Known): Changes {
  const balances = new Balances(known.balances);
  const orders = new Orders(known.orders);
  const references = new References();
  const history = new History();
  const booked: EntryRow[] = [];
  for (const event of events) {
    try {
      const entries = entriesOf(event);
      balances.book(entries);
      booked.push(...entries);
      orders.follow(event);
      references.follow(event);
      history.follow(event);
    } catch (error) {
      if (error instanceof RefusedEventError) throw error;
      throw new RefusedEventError(event.seq, `event ${event.seq} (${event.type}) cannot be booked: ${String(error)}`, { cause: error });
    }
  }
  return { entries: booked, ...orders.changes(), ...references.changes(), ...history.rows(), balances: balances.all() };
}

/** What is only ever added to, but for ids that may come again long after. */
class History {
  private readonly fills: FillRow[] = [];
  private readonly deposits: DepositRow[] = [];
  private readonly transfers: TransferRow[] = [];
  private readonly beginnings: BeginningRow[] = [];
  private readonly refusedTransfers = new Map<string, RefusedTransferRow>();
  private readonly duplicates = new Map<string, DuplicateRow>();
  private readonly amendments = new Map<string, AmendmentRow>();

  follow(event: Event): void {
    const time = timeOf(event);
    switch (event.type) {
      case 'trade':
        this.fills.push(...fillsOf(event));
        break;
      case 'deposited': {
        const { seq, depositId, accountId, asset, amount } = event;
        this.deposits.push({ seq, depositId, accountId, asset, amount, time });
        break;
      }
      case 'transferred_out':
      case 'transferred_in': {
        const { seq, transferId, accountId, asset, amount } = event;
        const where = event.type === 'transferred_in'
          ? { direction: 'in' as const, otherPartition: event.fromPartition } : { direction: 'out' as const, otherPartition: event.toPartition };
        this.transfers.push({ seq, transferId, accountId, asset, amount, time, ...where });
        break;
      }
      case 'transfer_rejected': {
        const { seq, direction, transferId, accountId, asset, amount, reason } = event;
        const askedOut = direction === 'out' || (this.refusedTransfers.get(transferId)?.askedOut ?? false);
        this.refusedTransfers.set(transferId, { seq, askedOut, transferId, accountId, asset, amount, reason, time });
        break;
      }
      case 'account_opened': {
        const { seq, accountId, funds: changes } = event;
        this.beginnings.push({ seq, accountId, kind: 'opening', resetId: null, changes, time });
        break;
      }
      case 'account_reset': {
        const { seq, accountId, resetId, balances } = event;
        const changes = balances.map(({ asset, before, after }) => ({ asset, amount: after - before })).filter(({ amount }) => amount !== 0);
        this.beginnings.push({ seq, accountId, kind: 'reset', resetId, changes, time });
        break;
      }
      case 'order_duplicate': {
        const { seq, orderId, originalOrderId, accountId, clientOrderId } = event;
        const listId = event.listId === NIL_UUID ? null : event.listId;
        this.duplicates.set(orderId, { seq, orderId, originalOrderId, accountId, clientOrderId, listId, time });
        break;
      }
      case 'order_amended': {
        const { seq, amendId, orderId, accountId, priceTicks, quantityLots, keepsPriority } = event;
        this.amendments.set(amendId, { seq, amendId, orderId, accountId, reason: null, priceTicks, quantityLots, keepsPriority, time });
        break;
      }
      case 'amend_rejected': {
        const { seq, amendId, orderId, accountId, reason } = event;
        this.amendments.set(amendId, { seq, amendId, orderId, accountId, reason, priceTicks: null, quantityLots: null, keepsPriority: null, time });
        break;
      }
      default:
    }
  }

  rows(): Pick<Changes, 'fills' | 'deposits' | 'transfers' | 'beginnings' | 'refusedTransfers' | 'duplicates' | 'amendments'> {
    const { fills, deposits, transfers, beginnings } = this;
    const [refusedTransfers, duplicates, amendments] = [
      [...this.refusedTransfers.values()], [...this.duplicates.values()], [...this.amendments.values()],
    ] as const;
    return { fills, deposits, transfers, beginnings, refusedTransfers, duplicates, amendments };
  }
}

/** Both sides of a trade. */
export function fillsOf(trade: Trade): FillRow[] {
  const { seq, symbol, priceTicks, quantityLots, baseAmount, quoteAmount, takerSide } = trade;
  const common = { seq, symbol, priceTicks, quantityLots, baseAmount, quoteAmount, time: timeOf(trade) };
  const fill = (liquidity: FillRow['liquidity'], side: FillRow['side'], orderId: string, accountId: string): FillRow => ({
    ...common, liquidity, orderId, accountId, side,
    ...(side === 'buy' ? { fee: trade.buyerFee, feeAsset: trade.baseAsset } : { fee: trade.sellerFee, feeAsset: trade.quoteAsset }),
  });
  return [
    fill('maker', takerSide === 'buy' ? 'sell' : 'buy', trade.makerOrderId, trade.makerAccountId),
    fill('taker', takerSide, trade.takerOrderId, trade.takerAccountId),
  ];
}
