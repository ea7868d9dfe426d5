import { type ReactNode, useMemo, useRef, useState } from 'react';
import { useScreen, useVenue } from './context';
import { dateTime, Empty } from './parts';
import { Amount } from './ticket';
import { add, decimal, decimalsOf, shown, subtract, text } from '../core/decimal';
import type { Instrument, Order } from '../core/model';
import { amend, cancel, cancelAll, type Outcome } from '../data/trading';

type Instruments = ReadonlyMap<string, Instrument>;

export function useInstruments(): Instruments {
  const instruments = useScreen((state) => state.instruments);
  return useMemo(() => new Map(instruments.map((one) => [one.symbol, one])), [instruments]);
}

const priceText = (value: string | undefined, instrument: Instrument | undefined): string =>
  value === undefined ? '–' : shown(value, instrument ? decimalsOf(instrument.tickSize) : 0);
const words = (value: string | undefined): string => (value ?? '–').replaceAll('_', ' ');

/** Names of columns. */
function Head({ names, children }: { readonly names: readonly string[]; readonly children?: ReactNode }) {
  return (
    <thead>
      <tr>
        {names.map((name) => <th key={name} scope="col">{name}</th>)}
        {children}
      </tr>
    </thead>
  );
}

/** When, in which instrument, and on which side. */
function Which({ time, symbol, side }: { readonly time: number | undefined; readonly symbol: string; readonly side: Order['side'] }) {
  return (
    <>
      <td>{dateTime(time)}</td>
      <td>{symbol}</td>
      <td className={side === 'buy' ? 'up' : 'down'}>{side}</td>
    </>
  );
}

export function OpenOrders() {
  const venue = useVenue();
  const orders = useScreen((state) => state.orders);
  const instruments = useInstruments();
  const open = useMemo(() => orders.filter(({ status }) => status === 'open' || status === 'pending'), [orders]);
  const [outcome, setOutcome] = useState<Outcome>();
  const [changing, setChanging] = useState<Order>();
  return (
    <>
      <div className="row-actions">
        <p className="outcome" role="status" data-kind={outcome?.kind}>
          {outcome?.text}
        </p>
        {open.length > 1 && (
          <button type="button" className="quiet" onClick={() => void cancelAll(venue.api).then(setOutcome)}>
            Cancel all
          </button>
        )}
      </div>
      {open.length === 0 ? (
        <Empty>No open orders. An order that waits in the book stands here and on the chart.</Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Open orders">
          <table className="wide" data-testid="open-orders" data-stops={open.some(({ stopPrice }) => stopPrice !== undefined)}>
            <Head names={['Placed', 'Instrument', 'Side', 'Type', 'Stop', 'Price', 'Quantity', 'Left']}>
              <th scope="col"><span className="sr">Actions</span></th>
            </Head>
            <tbody>
              {open.map((order) => (
                <tr key={order.orderId} data-order={order.orderId}>
                  <Which time={order.createdAt} symbol={order.symbol} side={order.side} />
                  <td>{words(order.type)}</td>
                  <td>{priceText(order.stopPrice, instruments.get(order.symbol))}</td>
                  <td>{priceText(order.price, instruments.get(order.symbol))}</td>
                  <td>{shown(order.quantity ?? '–')}</td>
                  <td>{shown(order.remaining ?? order.quantity ?? '–')}</td>
                  <td className="actions">
                    <button
                      type="button"
                      className="quiet"
                      onClick={() => setChanging(order)}
                      aria-label={`Change the ${order.side} order at ${order.price ?? order.stopPrice}`}
                    >
                      Change
                    </button>
                    <Cancel order={order} onOutcome={setOutcome} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {changing && instruments.get(changing.symbol) && (
        <Change
          key={changing.orderId}
          order={changing}
          instrument={instruments.get(changing.symbol)!}
          onClose={(result) => {
            setChanging(undefined);
            if (result) setOutcome(result);
          }}
        />
      )}
    </>
  );
}

function Cancel({ order, onOutcome }: { readonly order: Order; readonly onOutcome: (outcome: Outcome) => void }) {
  const venue = useVenue();
  const [busy, setBusy] = useState(false);
  return (
    <button
      type="button"
      className="quiet danger"
      disabled={busy}
      aria-label={`Cancel the ${order.side} order at ${order.price ?? order.stopPrice}`}
      onClick={() => {
        setBusy(true);
        void cancel(venue.api, order).then((outcome) => {
          onOutcome(outcome);
          setBusy(false);
        });
      }}
    >
      Cancel
    </button>
  );
}

function Change({
  order,
  instrument,
  onClose,
}: {
  readonly order: Order;
  readonly instrument: Instrument;
  readonly onClose: (outcome?: Outcome) => void;
}) {
  const venue = useVenue();
  const [price, setPrice] = useState(order.price ?? '');
  const [left, setLeft] = useState(order.remaining ?? order.quantity ?? '');
  const dialog = useRef<HTMLDialogElement>(null);
  const save = async (): Promise<void> => {
    // The API's quantity includes what is filled already; people think of what is left.
    const filled = subtract(decimal(order.quantity ?? '0'), decimal(order.remaining ?? order.quantity ?? '0'));
    const changes = {
      ...(price !== (order.price ?? '') ? { price } : {}),
      ...(left !== (order.remaining ?? order.quantity) ? { quantity: text(add(decimal(left), filled)) } : {}),
    };
    onClose(Object.keys(changes).length === 0 ? undefined : await amend(venue.api, order, changes));
  };
  return (
    <dialog
      ref={(element) => {
        dialog.current = element;
        if (element && !element.open) element.showModal();
      }}
      aria-labelledby="change-title"
      onClose={() => onClose()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save().catch((error: unknown) => onClose({ kind: 'bad', text: error instanceof Error ? error.message : String(error) }));
        }}
      >
        <h2 id="change-title">
          Change the {order.side} order in {order.symbol}
        </h2>
        {order.price !== undefined && (
          <Amount label="Price" unit={instrument.quote.code} step={instrument.tickSize} value={price} onChange={setPrice} />
        )}
        <Amount label="Quantity that is left" unit={instrument.base.code} step={instrument.lotSize} value={left} onChange={setLeft} />
        <p className="hint">A smaller quantity keeps its place in the queue; anything else loses it.</p>
        <div className="row-actions">
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            Leave as it is
          </button>
          <button className="primary">Change order</button>
        </div>
      </form>
    </dialog>
  );
}

export function History() {
  const orders = useScreen((state) => state.orders);
  const instruments = useInstruments();
  const ended = useMemo(() => orders.filter(({ status }) => status !== 'open' && status !== 'pending').slice(0, 100), [orders]);
  if (ended.length === 0) return <Empty>No order has ended yet.</Empty>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Orders that have ended">
      <table className="wide">
        <Head names={['Placed', 'Instrument', 'Side', 'Type', 'Price', 'Quantity', 'Left', 'State']} />
        <tbody>
          {ended.map((order) => (
            <tr key={order.orderId}>
              <Which time={order.createdAt} symbol={order.symbol} side={order.side} />
              <td>{words(order.type)}</td>
              <td>{order.price === undefined ? 'market' : priceText(order.price, instruments.get(order.symbol))}</td>
              <td>{shown(order.quantity ?? '–')}</td>
              <td>{shown(order.remaining ?? '–')}</td>
              <td>
                {order.status}
                {order.reason === undefined ? '' : ` (${words(order.reason)})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Fills() {
  const fills = useScreen((state) => state.fills);
  const instruments = useInstruments();
  if (fills.length === 0) return <Empty>Nothing was filled yet.</Empty>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Fills">
      <table className="wide" data-testid="fills">
        <Head names={['Time', 'Instrument', 'Side', 'Price', 'Quantity', 'Fee', 'Liquidity']} />
        <tbody>
          {fills.slice(0, 200).map((fill) => (
            <tr key={`${fill.partition ?? 0}/${fill.seq}/${fill.orderId}/${fill.liquidity}`} data-order={fill.orderId}>
              <Which time={fill.time} symbol={fill.symbol} side={fill.side} />
              <td>{priceText(fill.price, instruments.get(fill.symbol))}</td>
              <td>{shown(fill.quantity ?? '–')}</td>
              <td>{fill.fee === undefined || fill.fee === '0' ? 'none' : `${shown(fill.fee)} ${fill.feeAsset ?? ''}`}</td>
              <td>{fill.liquidity}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
