import { z } from 'zod';
import type { AutomationAsk } from '../../adapters/jobs/automation';
import { baseUnits, DomainError, type Instrument, parseDecimal, parsePrice, parseQuantity, quoteUnits } from '../../domain';
import { completeSettings, STRATEGIES, type StrategyName } from '../../domain/strategy';
import { coded, decimalText } from '../http/validate';
import { clientId } from '../orders/order-request';

const symbol = z.string().max(32);
const side = z.enum(['buy', 'sell']);
/** A name of the client's: asked for again it is the same automation. */
const clientAutomationId = clientId().optional();

const strategy = z.strictObject({
  type: z.literal('strategy'),
  symbol,
  strategy: z.enum(Object.keys(STRATEGIES) as [StrategyName, ...StrategyName[]]),
  settings: z.record(z.string().max(32), z.int()).default({}),
  intervalSeconds: z.int().min(1).max(86_400).default(60).meta({ description: 'Of the bars that it sees.' }),
  budget: decimalText().meta({ description: 'What it may spend, in the quote asset.' }),
  clientAutomationId,
});

const trailingStop = z.strictObject({
  type: z.literal('trailing_stop'),
  symbol,
  side,
  quantity: decimalText(),
  distance: decimalText().optional().meta({ description: 'From the best price, in the quote asset: a multiple of the tick.' }),
  distanceBps: z.int().min(1).max(9_999).optional().meta({ description: 'The same in hundredths of a per cent of the best price.' }),
  activationPrice: decimalText().optional().meta({ description: 'It follows from this price on; without it at once.' }),
  clientAutomationId,
});

const bracket = z.strictObject({
  type: z.literal('bracket'),
  symbol,
  side: side.meta({ description: 'Of the entry.' }),
  quantity: decimalText(),
  price: decimalText().optional().meta({ description: 'Limit of the entry; without it at the market.' }),
  takeProfitPrice: decimalText(),
  stopLossPrice: decimalText(),
  clientAutomationId,
});

/** Body of `POST /v1/automations`. */
export const automationSchema = z.discriminatedUnion('type', [strategy, trailingStop, bracket]).superRefine((body, context) => {
  if (body.type !== 'trailing_stop' || (body.distance === undefined) !== (body.distanceBps === undefined)) return;
  context.addIssue({ code: 'custom', path: ['distance'], message: coded('distance_required', 'Give either distance or distanceBps.') });
}).meta({
  examples: [{ type: 'bracket', symbol: 'BTCUSDT', side: 'buy', quantity: '0.01', price: '30000', takeProfitPrice: '31000', stopLossPrice: '29000' }],
});
export type AutomationBody = z.output<typeof automationSchema>;

/**
 * Turns decimals into ticks and lots.
 *
 * @throws DomainError for a number that is none or too fine, exits on the wrong sides, settings that are none
 */
export function automationAsk(instrument: Instrument, body: AutomationBody): AutomationAsk {
  const { symbol: traded } = instrument;
  if (body.type === 'strategy') {
    const budget = field('budget', 'budget', () => parseDecimal(body.budget, instrument.quote.decimals, 'budget'));
    if (budget === 0) throw new DomainError('invalid_budget', 'budget must be above zero', { field: 'budget' });
    const settings = completeSettings(body.strategy, body.settings);
    return { type: 'strategy', symbol: traded, strategy: { name: body.strategy, settings }, intervalSeconds: body.intervalSeconds, budget: body.budget };
  }
  const quantityLots = parseQuantity(instrument, body.quantity);
  const price = (name: string, text: string): number => field(name, 'price', () => parsePrice(instrument, text));
  if (body.type === 'trailing_stop') {
    const { distanceBps } = body;
    const activationTicks = body.activationPrice === undefined ? undefined : price('activationPrice', body.activationPrice);
    fits(instrument, activationTicks ?? 0, quantityLots);
    return {
      type: 'trailing_stop', symbol: traded, side: body.side, quantityLots,
      ...(body.distance === undefined ? { distanceBps } : { distanceTicks: price('distance', body.distance) }),
      ...(activationTicks === undefined ? {} : { activationTicks }),
    };
  }
  const [takeProfitTicks, stopLossTicks] = [price('takeProfitPrice', body.takeProfitPrice), price('stopLossPrice', body.stopLossPrice)];
  const entryTicks = body.price === undefined ? undefined : price('price', body.price);
  // As a buyer sees it; to a seller everything is the other way up.
  const up = body.side === 'buy' ? 1 : -1;
  const isBetween = entryTicks === undefined ? stopLossTicks * up < takeProfitTicks * up
    : stopLossTicks * up < entryTicks * up && entryTicks * up < takeProfitTicks * up;
  if (!isBetween) {
    throw new DomainError('invalid_bracket', body.side === 'buy'
      ? 'a bracket that buys has its stopLossPrice below its price, and its takeProfitPrice above'
      : 'a bracket that sells has its stopLossPrice above its price, and its takeProfitPrice below', { field: 'stopLossPrice' });
  }
  fits(instrument, Math.max(takeProfitTicks, stopLossTicks, entryTicks ?? 0), quantityLots);
  return {
    type: 'bracket', symbol: traded, side: body.side, quantityLots, ...(entryTicks === undefined ? {} : { entryTicks }), takeProfitTicks, stopLossTicks,
  };
}

function fits(instrument: Instrument, ticks: number, lots: number): void {
  if (baseUnits(instrument, lots) !== undefined && quoteUnits(instrument, ticks, lots) !== undefined) return;
  throw new DomainError('out_of_range', 'price × quantity is too large', { field: 'quantity' });
}

/** Says what is wrong of the field that was sent. */
function field<T>(name: string, of: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(error.code, error.message.replace(new RegExp(`^${of}\\b`), name), { ...error.details, field: name });
  }
}
