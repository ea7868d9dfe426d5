import { useMemo } from 'react';
import { useInstrument, useScreen } from './context';
import { Empty, Panel, StaleBadge, useBookTrust } from './parts';
import { add, type Decimal, decimal, decimalsOf, shown, subtract, text, ZERO } from '../core/decimal';
import type { BookPicture, Level } from '../core/depth-book';

const LEVELS = 9;

interface Row {
  readonly price: string;
  readonly quantity: string;
  readonly total: Decimal;
}

function rowsOf(levels: readonly Level[]): readonly Row[] {
  let total = ZERO;
  return levels.slice(0, LEVELS).map(([price, quantity]) => {
    total = add(total, decimal(quantity));
    return { price, quantity, total };
  });
}

export function Book({ onPrice }: { readonly onPrice: (price: string) => void }) {
  const instrument = useInstrument();
  const book = useScreen((state) => state.book ?? state.lastBook);
  const { trust, ageMs } = useBookTrust();
  const orders = useScreen((state) => state.orders);
  const mine = useMemo(
    () =>
      new Set(
        orders.filter(({ status, symbol }) => status === 'open' && symbol === instrument?.symbol).map(({ price, side }) => `${side}/${price}`),
      ),
    [orders, instrument?.symbol],
  );
  const bids = useMemo(() => rowsOf(book?.bids ?? []), [book]);
  const asks = useMemo(() => rowsOf(book?.asks ?? []), [book]);
  if (!instrument) {
    return (
      <Panel id="book" title="Book">
        <Empty>Waiting for the instruments.</Empty>
      </Panel>
    );
  }
  const most = Math.max(1e-12, ...[bids.at(-1), asks.at(-1)].map((row) => (row ? Number(text(row.total)) : 0)));
  const decimals = { price: decimalsOf(instrument.tickSize), quantity: decimalsOf(instrument.lotSize) };
  const side = (rows: readonly Row[], name: 'bid' | 'ask') =>
    rows.map((row) => (
      <tr key={row.price} className={name}>
        <td>
          <button type="button" tabIndex={-1} onClick={() => onPrice(row.price)} aria-label={`Use price ${shown(row.price, decimals.price)}`}>
            {shown(row.price, decimals.price)}
          </button>
          {mine.has(`${name === 'bid' ? 'buy' : 'sell'}/${row.price}`) && (
            <span className="mine" title="Your order" aria-label="your order">
              ●
            </span>
          )}
        </td>
        <td>{shown(row.quantity, decimals.quantity)}</td>
        <td className="total">
          <meter min={0} max={most} value={Number(text(row.total))} aria-hidden="true" />
          <span>{shown(text(row.total), decimals.quantity)}</span>
        </td>
      </tr>
    ));
  return (
    <Panel id="book" title="Book" trust={trust} aside={<StaleBadge trust={trust} ageMs={ageMs} what="book" />}>
      <table data-testid="book" data-seq={book?.seq}>
        <thead>
          <tr>
            <th scope="col">Price {instrument.quote.code}</th>
            <th scope="col">Quantity {instrument.base.code}</th>
            <th scope="col">Sum</th>
          </tr>
        </thead>
        <tbody data-side="asks">{side(asks, 'ask').reverse()}</tbody>
        <tbody>
          <tr className="spread">
            <th scope="row">Spread</th>
            <td colSpan={2}>{spreadOf(book, decimals.price)}</td>
          </tr>
        </tbody>
        <tbody data-side="bids">{side(bids, 'bid')}</tbody>
      </table>
      <Depth bids={bids} asks={asks} />
    </Panel>
  );
}

function spreadOf(book: BookPicture | undefined, decimals: number): string {
  const [bid] = book?.bids ?? [];
  const [ask] = book?.asks ?? [];
  return bid && ask ? shown(text(subtract(decimal(ask[0]), decimal(bid[0]))), decimals) : 'not two sides';
}

const [WIDTH, HEIGHT] = [300, 76];

/** The sums of both sides over the price. */
function Depth({ bids, asks }: { readonly bids: readonly Row[]; readonly asks: readonly Row[] }) {
  if (bids.length === 0 || asks.length === 0) return <Empty>The depth chart needs both sides of the book.</Empty>;
  // Only drawn, so floats will do.
  const [bid, ask] = [Number(bids[0].price), Number(asks[0].price)];
  const middle = (bid + ask) / 2;
  // As wide as the nearer side: one order far away must not push everything else to the edge.
  const reach = 1.2 * Math.max(ask - bid, Math.min(middle - Number(bids.at(-1)!.price), Number(asks.at(-1)!.price) - middle));
  const [low, high] = [middle - reach, middle + reach];
  const most = Math.max(Number(text(bids.at(-1)!.total)), Number(text(asks.at(-1)!.total)));
  const x = (price: string): number => Math.min(WIDTH, Math.max(0, ((Number(price) - low) / (high - low)) * WIDTH));
  const y = (total: Decimal): number => HEIGHT - (Number(text(total)) / most) * (HEIGHT - 4);
  const steps = (rows: readonly Row[], edge: number): string => {
    let path = `M ${x(rows[0].price)} ${HEIGHT}`;
    for (const [at, row] of rows.entries()) {path += ` L ${x(row.price)} ${y(row.total)} L ${at + 1 < rows.length ? x(rows[at + 1].price) : edge} ${y(row.total)}`;}
    return `${path} L ${edge} ${HEIGHT} Z`;
  };
  return (
    <svg
      className="depth"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Depth: ${shown(text(bids.at(-1)!.total))} bid, ${shown(text(asks.at(-1)!.total))} asked`}
    >
      <path className="bid" d={steps(bids, 0)} />
      <path className="ask" d={steps(asks, WIDTH)} />
    </svg>
  );
}

export function Trades() {
  const trades = useScreen((state) => state.trades);
  const instrument = useInstrument();
  const link = useScreen((state) => state.link);
  const trust = link === 'live' || link === 'catching-up' ? 'live' : 'stale';
  return (
    <Panel id="trades" title="Trades" trust={trust} aside={trust === 'stale' ? <span className="badge stale-badge">stale</span> : undefined}>
      {trades.length === 0 || !instrument ? (
        <Empty>Nobody has traded here yet.</Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Last trades">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Price</th>
                <th scope="col">Quantity</th>
              </tr>
            </thead>
            <tbody>
              {trades.map((trade) => (
                <tr key={trade.seq}>
                  <td>{new Date(trade.time).toLocaleTimeString('en-GB')}</td>
                  <td className={trade.takerSide === 'buy' ? 'up' : 'down'}>{shown(trade.price, decimalsOf(instrument.tickSize))}</td>
                  <td>{shown(trade.quantity, decimalsOf(instrument.lotSize))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
