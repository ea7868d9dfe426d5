import {
  add,
  compare,
  type Decimal,
  decimal,
  decimalsOf,
  isMultiple,
  least,
  multiply,
  parse,
  rescale,
  shown,
  subtract,
  text,
  ZERO,
} from './decimal';
import type { Level } from './depth-book';
import type { Instrument } from './model';

export const ORDER_TYPES = ['limit', 'market', 'stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];
export const TIMES_IN_FORCE = ['gtc', 'ioc', 'fok'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
export type Side = 'buy' | 'sell';

/** What somebody has typed. */
export interface Ticket {
  readonly side: Side;
  readonly type: OrderType;
  readonly price: string;
  readonly stopPrice: string;
  readonly quantity: string;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
}

export type TicketField = 'price' | 'stopPrice' | 'quantity';

/** Which prices a type has. */
export function needsOf(type: OrderType): { readonly price: boolean; readonly stopPrice: boolean } {
  return { price: type === 'limit' || type.endsWith('_limit'), stopPrice: type.startsWith('stop_') || type.startsWith('take_') };
}

/** The ways for which an order of a type may stay: without a limit price it never waits in the book. */
export function timesFor(type: OrderType): readonly TimeInForce[] {
  return needsOf(type).price ? TIMES_IN_FORCE : ['ioc', 'fok'];
}

const NAMES: Readonly<Record<TicketField, string>> = { price: 'Price', stopPrice: 'Stop price', quantity: 'Quantity' };

/** What is wrong with what was typed, by field; the API checks again and knows more. */
export function problemsOf(ticket: Ticket, { tickSize, lotSize }: Instrument): Partial<Record<TicketField, string>> {
  const needs = needsOf(ticket.type);
  const problems: Partial<Record<TicketField, string>> = {};
  const check = (field: TicketField, step: string): void => {
    const value = parse(ticket[field]);
    if (!value || ticket[field].trim().startsWith('-')) problems[field] = `${NAMES[field]} must be a number such as ${step}.`;
    else if (value.units === 0n) problems[field] = `${NAMES[field]} must be above zero.`;
    else if (!isMultiple(value, decimal(step))) problems[field] = `${NAMES[field]} must be a multiple of ${step}.`;
  };
  if (needs.price) check('price', tickSize);
  if (needs.stopPrice) check('stopPrice', tickSize);
  check('quantity', lotSize);
  return problems;
}

/** What an order would cost or bring in at most, as far as it can be told now. */
export interface Estimate {
  /** Quote asset that is paid (buy) or received (sell), before the fee. */
  readonly quote: Decimal;
  /** Fee in the asset that is received, if the whole order takes; a maker's is not higher. */
  readonly fee: Decimal;
  readonly feeAsset: string;
  /** What is received after that fee. */
  readonly received: Decimal;
  readonly receivedAsset: string;
  /** What is missing to pay it; undefined when there is enough. */
  readonly missing?: { readonly amount: Decimal; readonly asset: string };
  /** Part of a market order's quantity for which the visible book has nobody. */
  readonly unfilled?: Decimal;
}

export interface EstimateInput {
  readonly ticket: Ticket;
  readonly instrument: Instrument;
  /** The side of the book that the order would meet, best first; undefined while it is not known. */
  readonly levels: readonly Level[] | undefined;
  /** What is free to use. */
  readonly free: { readonly base: string; readonly quote: string } | undefined;
}

/** Undefined while something is missing: no estimate rather than a guess. */
export function estimate({ ticket, instrument, levels, free }: EstimateInput): Estimate | undefined {
  if (Object.keys(problemsOf(ticket, instrument)).length > 0) return undefined;
  const quantity = decimal(ticket.quantity.trim());
  const filled = quoteOf(ticket, quantity, levels);
  if (!filled) return undefined;
  const { base, quote: quoteAsset } = instrument;
  const buys = ticket.side === 'buy';
  const [gross, asset] = buys ? [subtract(quantity, filled.unfilled ?? ZERO), base] : [filled.quote, quoteAsset];
  const fee = feeOf(gross, instrument.rules?.takerFeePpm ?? 0, asset.decimals);
  const [pays, payAsset, has] = buys ? [filled.quote, quoteAsset.code, free?.quote] : [quantity, base.code, free?.base];
  const short = has === undefined ? undefined : subtract(pays, decimal(has));
  return {
    quote: filled.quote,
    fee,
    feeAsset: asset.code,
    received: subtract(gross, fee),
    receivedAsset: asset.code,
    ...(short && short.units > 0n ? { missing: { amount: short, asset: payAsset } } : {}),
    ...(filled.unfilled ? { unfilled: filled.unfilled } : {}),
  };
}

/** Rounded up to the asset's last decimal, as the core does it; an order of many fills may pay one more of those for each. */
function feeOf(gross: Decimal, ppm: number, decimals: number): Decimal {
  const exact = multiply(gross, { units: BigInt(ppm), scale: 6 });
  const cut = rescale(exact, decimals);
  return compare(cut, exact) < 0 ? { units: cut.units + 1n, scale: decimals } : cut;
}

function quoteOf(ticket: Ticket, quantity: Decimal, levels: readonly Level[] | undefined): { quote: Decimal; unfilled?: Decimal } | undefined {
  const needs = needsOf(ticket.type);
  if (needs.price) return { quote: multiply(decimal(ticket.price.trim()), quantity) };
  // When it will be triggered nobody knows what the book is; the stop price is what it is about.
  if (needs.stopPrice) return { quote: multiply(decimal(ticket.stopPrice.trim()), quantity) };
  if (!levels) return undefined;
  let left = quantity;
  let quote = ZERO;
  for (const [price, size] of levels) {
    if (left.units === 0n) break;
    const take = least(left, decimal(size));
    quote = add(quote, multiply(decimal(price), take));
    left = subtract(left, take);
  }
  return left.units > 0n ? { quote, unfilled: left } : { quote };
}

/** The largest order that what is free pays for, at the price in the ticket or, for a market order, the best one; undefined when unknown. */
export function affordable({ ticket, instrument, levels, free }: EstimateInput): string | undefined {
  if (!free) return undefined;
  const scale = decimalsOf(instrument.lotSize);
  if (ticket.side === 'sell') return lots(decimal(free.base), instrument, scale);
  const needs = needsOf(ticket.type);
  const price = parse(needs.price ? ticket.price : needs.stopPrice ? ticket.stopPrice : (levels?.[0]?.[0] ?? ''));
  if (!price || price.units <= 0n) return undefined;
  const budget = decimal(free.quote);
  return lots(
    { units: (budget.units * 10n ** BigInt(scale + price.scale)) / (price.units * 10n ** BigInt(budget.scale)), scale },
    instrument,
    scale,
  );
}

function lots(quantity: Decimal, { lotSize }: Instrument, scale: number): string {
  const step = rescale(decimal(lotSize), scale).units;
  const { units } = rescale(quantity, scale);
  return text({ units: units - (units % step), scale });
}

/** A part of an amount in whole lots, in per cent. */
export function share(amount: string, percent: number, instrument: Instrument): string {
  const scale = decimalsOf(instrument.lotSize);
  return lots(rescale(multiply(decimal(amount), { units: BigInt(percent), scale: 2 }), scale), instrument, scale);
}

/** Moves a price or quantity by steps; never below one step. */
export function stepped(value: string, step: string, count: number): string {
  const size = decimal(step);
  const moved = add(parse(value) ?? ZERO, multiply(size, { units: BigInt(count), scale: 0 }));
  return compare(moved, size) < 0 ? text(size) : text(moved);
}

/** Body of `POST /v1/orders`: what the type has, and nothing else. */
export function bodyOf(ticket: Ticket, symbol: string, clientOrderId: string): Readonly<Record<string, string | boolean>> {
  const { side, type, price, stopPrice, quantity, timeInForce, postOnly } = ticket;
  const needs = needsOf(type);
  return {
    symbol,
    side,
    type,
    quantity: quantity.trim(),
    clientOrderId,
    timeInForce,
    ...(needs.price ? { price: price.trim() } : {}),
    ...(needs.stopPrice ? { stopPrice: stopPrice.trim() } : {}),
    ...(postOnly && type === 'limit' && timeInForce === 'gtc' ? { postOnly: true } : {}),
  };
}

/** One sentence about an order, for the announcement to people who do not see the ticket. */
export function described({ side, type, price, stopPrice, quantity }: Ticket, { symbol, base }: Instrument): string {
  const needs = needsOf(type);
  const at = [needs.stopPrice ? `when ${shown(stopPrice)} is reached` : '', needs.price ? `at ${shown(price)}` : ''].filter(Boolean).join(' ');
  return `${side === 'buy' ? 'Buy' : 'Sell'} ${shown(quantity)} ${base.code} (${symbol}, ${type.replaceAll('_', ' ')}) ${at}`.trim();
}
