import type { Event, Trade } from '../domain';
import { Balances } from './balances';
import { entriesOf } from './entries';
import { RefusedEventError } from './errors';
import { Orders, timeOf } from './orders';
import type { Balance, Changes, FillRow, InstrumentRow } from './rows';

/**
 * What a run of events changes in the ledger. Pure: the same events on the same balances give the same rows, and a run gives what its
 * parts give one after the other.
 *
 * @param known the balances that the run touches, as far as the ledger has them
 * @throws RefusedEventError naming the event that contradicts what came before it
 */
export function changesOf(events: readonly Event[], known: readonly Balance[]): Changes {
  const balances = new Balances(known);
  const orders = new Orders();
  const changes: Pick<Changes, 'entries' | 'fills' | 'deposits'> = { entries: [], fills: [], deposits: [] };
  const instruments = new Map<string, InstrumentRow>();
  for (const event of events) {
    try {
      const entries = entriesOf(event);
      balances.book(entries);
      changes.entries.push(...entries);
      orders.follow(event);
      if (event.type === 'trade') changes.fills.push(...fillsOf(event));
      if (event.type === 'instrument_configured') instruments.set(event.instrument.symbol, { seq: event.seq, spec: event.instrument });
      if (event.type === 'deposited') {
        const { seq, depositId, accountId, asset, amount } = event;
        changes.deposits.push({ seq, depositId, accountId, asset, amount, time: timeOf(event) });
      }
    } catch (error) {
      if (error instanceof RefusedEventError) throw error;
      throw new RefusedEventError(event.seq, `event ${event.seq} (${event.type}) cannot be booked: ${String(error)}`, { cause: error });
    }
  }
  return { ...changes, ...orders.changes(), instruments: [...instruments.values()], balances: balances.all() };
}

function fillsOf(trade: Trade): FillRow[] {
  const { seq, symbol, priceTicks, quantityLots, baseAmount, quoteAmount, takerSide } = trade;
  const common = { seq, symbol, priceTicks, quantityLots, baseAmount, quoteAmount, time: timeOf(trade) };
  return [
    { ...common, liquidity: 'maker', orderId: trade.makerOrderId, accountId: trade.makerAccountId, side: takerSide === 'buy' ? 'sell' : 'buy' },
    { ...common, liquidity: 'taker', orderId: trade.takerOrderId, accountId: trade.takerAccountId, side: takerSide },
  ];
}
