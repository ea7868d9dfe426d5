import { type FormEvent, type RefObject, useId, useMemo, useState } from 'react';
import { useInstrument, useScreen, useVenue } from './context';
import { Empty, Panel } from './parts';
import { about, add, decimal, shown, text, ZERO } from '../core/decimal';
import type { Balance } from '../core/model';
import {
  affordable,
  estimate,
  needsOf,
  ORDER_TYPES,
  type OrderType,
  problemsOf,
  share,
  stepped,
  type Ticket as Typed,
  type TicketField,
  type TimeInForce,
  timesFor,
} from '../core/ticket';
import { type Outcome, place } from '../data/trading';

export const EMPTY_TICKET: Typed = { side: 'buy', type: 'limit', price: '', stopPrice: '', quantity: '', timeInForce: 'gtc', postOnly: false };

const TYPES: Readonly<Record<OrderType, string>> = {
  limit: 'Limit',
  market: 'Market',
  stop_loss: 'Stop (market)',
  stop_loss_limit: 'Stop limit',
  take_profit: 'Take profit (market)',
  take_profit_limit: 'Take profit limit',
};
const TIMES: Readonly<Record<TimeInForce, string>> = { gtc: 'Good till cancelled', ioc: 'Immediate or cancel', fok: 'Fill or kill' };

/** The ticket with another type, and nothing in it that the type does not have. */
export function withType(ticket: Typed, type: OrderType): Typed {
  const times = timesFor(type);
  const timeInForce = times.includes(ticket.timeInForce) ? ticket.timeInForce : times[0];
  return {
    ...ticket,
    type,
    timeInForce: needsOf(type).price && !needsOf(ticket.type).price ? 'gtc' : timeInForce,
    postOnly: ticket.postOnly && type === 'limit',
  };
}

interface TicketProps {
  readonly ticket: Typed;
  readonly onChange: (ticket: Typed) => void;
  readonly quantityField: RefObject<HTMLInputElement | null>;
}

export function Ticket({ ticket, onChange, quantityField }: TicketProps) {
  const venue = useVenue();
  const instrument = useInstrument();
  const book = useScreen((state) => state.book);
  const account = useScreen((state) => state.account);
  const link = useScreen((state) => state.link);
  const behind = useScreen((state) => state.behind);
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const levels = ticket.side === 'buy' ? book?.asks : book?.bids;
  const free = useMemo(
    () => instrument && account && { base: freeOf(account.balances, instrument.base.code), quote: freeOf(account.balances, instrument.quote.code) },
    [instrument, account],
  );
  const input = instrument && { ticket, instrument, levels, free };
  const told = useMemo(() => input && estimate(input), [ticket, instrument, levels, free]);
  const most = useMemo(() => input && affordable(input), [ticket, instrument, levels, free]);
  if (!instrument) {
    return (
      <Panel id="ticket" title="Order">
        <Empty>Waiting for the instruments.</Empty>
      </Panel>
    );
  }

  const problems = problemsOf(ticket, instrument);
  const needs = needsOf(ticket.type);
  const change = (patch: Partial<Typed>): void => {
    onChange({ ...ticket, ...patch });
    setOutcome(undefined);
  };

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (!instrument || Object.keys(problems).length > 0) return;
    setBusy(true);
    setOutcome(undefined);
    const result = await place(venue.api, ticket, instrument, crypto.randomUUID?.() ?? `s${Date.now()}-${Math.random().toString(36).slice(2)}`);
    setOutcome(result);
    setBusy(false);
    if (result.kind !== 'bad') {
      setTried(false);
      onChange({ ...ticket, quantity: '' });
    }
  }

  const problemOf = (field: TicketField): string | undefined =>
    (tried || ticket[field] !== '' ? problems[field] : undefined) ??
    (outcome?.kind === 'bad' && outcome.field === field ? outcome.text : undefined);
  const buys = ticket.side === 'buy';
  return (
    <Panel id="ticket" title="Order">
      <form onSubmit={(event) => void submit(event)} noValidate aria-label="New order">
        <div className="sides" role="group" aria-label="Side">
          <button type="button" className="buy" aria-pressed={buys} aria-keyshortcuts="B" onClick={() => change({ side: 'buy' })}>
            Buy
          </button>
          <button type="button" className="sell" aria-pressed={!buys} aria-keyshortcuts="S" onClick={() => change({ side: 'sell' })}>
            Sell
          </button>
        </div>
        <label>
          Type
          <select
            value={ticket.type}
            onChange={({ target }) => {
              onChange(withType(ticket, target.value as OrderType));
              setOutcome(undefined);
            }}
          >
            {ORDER_TYPES.map((type) => (
              <option key={type} value={type}>
                {TYPES[type]}
              </option>
            ))}
          </select>
        </label>
        {needs.stopPrice && (
          <Amount
            label="Stop price"
            unit={instrument.quote.code}
            step={instrument.tickSize}
            value={ticket.stopPrice}
            problem={problemOf('stopPrice')}
            onChange={(stopPrice) => change({ stopPrice })}
          />
        )}
        {needs.price && (
          <Amount
            label="Price"
            unit={instrument.quote.code}
            step={instrument.tickSize}
            value={ticket.price}
            problem={problemOf('price')}
            onChange={(price) => change({ price })}
          />
        )}
        <Amount
          label="Quantity"
          unit={instrument.base.code}
          step={instrument.lotSize}
          value={ticket.quantity}
          problem={problemOf('quantity')}
          field={quantityField}
          onChange={(quantity) => change({ quantity })}
        />
        <div className="shares" role="group" aria-label="Part of what is free">
          {[25, 50, 75, 100].map((percent) => (
            <button
              key={percent}
              type="button"
              disabled={most === undefined}
              onClick={() => most !== undefined && change({ quantity: share(most, percent, instrument) })}
            >
              {percent} %
            </button>
          ))}
        </div>
        <label>
          Time in force
          <select
            value={ticket.timeInForce}
            onChange={({ target }) => change({ timeInForce: target.value as TimeInForce, postOnly: ticket.postOnly && target.value === 'gtc' })}
          >
            {timesFor(ticket.type).map((one) => (
              <option key={one} value={one}>
                {TIMES[one]}
              </option>
            ))}
          </select>
        </label>
        {ticket.type === 'limit' && ticket.timeInForce === 'gtc' && (
          <label className="check">
            <input type="checkbox" checked={ticket.postOnly} onChange={({ target }) => change({ postOnly: target.checked })} /> Post-only: never
            takes from the book
          </label>
        )}
        <dl className="estimate" data-trust={behind || link !== 'live' ? 'stale' : 'live'}>
          <div>
            <dt>Free</dt>
            <dd>{free ? `${shown(buys ? free.quote : free.base)} ${buys ? instrument.quote.code : instrument.base.code}` : '–'}</dd>
          </div>
          <div>
            <dt>{buys ? 'Estimated cost' : 'Estimated proceeds'}</dt>
            <dd data-testid="estimate">{told ? `${about(told.quote, instrument.quote.decimals)} ${instrument.quote.code}` : '–'}</dd>
          </div>
          <div>
            <dt>Fee, if it takes</dt>
            <dd>{told ? (told.fee.units === 0n ? 'none' : `${shown(text(told.fee))} ${told.feeAsset}`) : '–'}</dd>
          </div>
          <div>
            <dt>You receive</dt>
            <dd>
              {told
                ? `${about(told.received, told.receivedAsset === instrument.base.code ? instrument.base.decimals : instrument.quote.decimals)} ${told.receivedAsset}`
                : '–'}
            </dd>
          </div>
        </dl>
        {told?.unfilled && (
          <p className="hint">
            The visible book has nobody for {shown(text(told.unfilled))} {instrument.base.code} of it.
          </p>
        )}
        {told?.missing && (
          <p className="problem">
            You are {shown(text(told.missing.amount))} {told.missing.asset} short.
          </p>
        )}
        {!told && ticket.type === 'market' && !book && ticket.quantity !== '' && (
          <p className="hint">No estimate: the book is not known right now.</p>
        )}
        <button className={`submit ${ticket.side}`} disabled={busy || link === 'lost'}>
          {link === 'lost' ? 'No connection' : busy ? 'Sending …' : `${buys ? 'Buy' : 'Sell'} ${instrument.base.code}`}
        </button>
        <p className="outcome" role="status" data-kind={outcome?.kind} data-testid="outcome">
          {outcome && problemOf('price') !== outcome.text && problemOf('quantity') !== outcome.text ? outcome.text : ''}
        </p>
      </form>
    </Panel>
  );
}

/** Free to use, over all partitions. */
function freeOf(balances: readonly Balance[], asset: string): string {
  return text(balances.filter((one) => one.asset === asset).reduce((sum, { free }) => add(sum, decimal(free)), ZERO));
}

interface AmountProps {
  readonly label: string;
  readonly unit: string;
  readonly step: string;
  readonly value: string;
  readonly problem?: string;
  readonly field?: RefObject<HTMLInputElement | null>;
  readonly onChange: (value: string) => void;
}

/** A decimal that is typed as text: a number field would make a float of it. Arrow keys move it by its step. */
export function Amount({ label, unit, step, value, problem, field, onChange }: AmountProps) {
  const id = useId();
  return (
    <div className="amount">
      <label htmlFor={id}>{label}</label>
      <div className="with-unit">
        <input
          id={id}
          ref={field}
          value={value}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          maxLength={32}
          placeholder={step}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onChange={({ target }) => onChange(target.value.replaceAll(',', ''))}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
            event.preventDefault();
            onChange(stepped(value, step, (event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1)));
          }}
        />
        <span aria-hidden="true">{unit}</span>
      </div>
      {problem !== undefined && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
