import { z } from 'zod';
import { AUTOMATION_STATUSES, type Automation, type AutomationAsk } from '../../adapters/jobs/automation';
import { formatPrice, formatQuantity, type Instrument } from '../../domain';

const decimal = () => z.string().meta({ description: 'A decimal as text.' });
const time = () => z.int().meta({ description: 'Milliseconds since 1970.' });
const uuid = () => z.string().meta({ format: 'uuid' });

/** What the API answers of an automation. */
export const automation = z.strictObject({
  id: uuid(), clientAutomationId: z.string().optional(), type: z.enum(['strategy', 'trailing_stop', 'bracket']), symbol: z.string(),
  status: z.enum(AUTOMATION_STATUSES).meta({
    description: 'waiting: nothing of it is in the market yet; working: orders of it are, or have been; done, cancelled and failed are ends.',
  }),
  reason: z.string().optional().meta({
    description: 'Why it ended: a reason of the core, or not_filled, outcome_unknown, put_aside, taken_back, or a fault of the strategy.',
  }),
  cancelRequested: z.boolean(),
  createdAt: time(), updatedAt: time(),
  orders: z.array(z.strictObject({ orderId: uuid(), role: z.enum(['entry', 'take_profit', 'stop_loss', 'exit']) })).meta({
    description: 'Orders that it may have sent; those that it did are under /v1/orders/{id}.',
  }),
  side: z.enum(['buy', 'sell']).optional(), quantity: decimal().optional(),
  distance: decimal().optional(), distanceBps: z.int().optional(), activationPrice: decimal().optional(),
  bestPrice: decimal().optional().meta({ description: 'Of a trailing stop: the best price since it follows.' }),
  price: decimal().optional(), takeProfitPrice: decimal().optional(), stopLossPrice: decimal().optional(),
  strategy: z.string().optional(), settings: z.record(z.string(), z.int()).optional(),
  intervalSeconds: z.int().optional(), budget: decimal().optional(),
}).meta({ id: 'Automation' });
export const automations = z.strictObject({ automations: z.array(automation) });
export const acceptedAutomation = z.strictObject({ id: uuid(), clientAutomationId: z.string().optional() });
export const acceptedEnd = z.strictObject({ id: uuid() });

/** An automation as its owner sees it. */
export function automationView(instrument: Instrument, one: Automation): z.output<typeof automation> {
  const { id, clientId, ask: { type, symbol }, status, reason, cancelRequested, createdAt, updatedAt, orders } = one;
  return {
    id, ...(clientId === undefined ? {} : { clientAutomationId: clientId }), type, symbol,
    status, ...(reason === undefined ? {} : { reason }), cancelRequested, createdAt, updatedAt, orders: [...orders],
    ...asked(instrument, one.ask),
    ...(type === 'trailing_stop' ? { bestPrice: priceOf(instrument, (one.state as { readonly mark?: number } | undefined)?.mark) } : {}),
  };
}

function asked(instrument: Instrument, ask: AutomationAsk): Partial<z.output<typeof automation>> {
  if (ask.type === 'strategy') {
    const { strategy: { name, settings }, intervalSeconds, budget } = ask;
    return { strategy: name, settings, intervalSeconds, budget };
  }
  const { side } = ask;
  const quantity = formatQuantity(instrument, ask.quantityLots);
  if (ask.type === 'trailing_stop') {
    const { distanceTicks, distanceBps, activationTicks } = ask;
    return { side, quantity, distance: priceOf(instrument, distanceTicks), distanceBps, activationPrice: priceOf(instrument, activationTicks) };
  }
  return {
    side, quantity, price: priceOf(instrument, ask.entryTicks), takeProfitPrice: priceOf(instrument, ask.takeProfitTicks),
    stopLossPrice: priceOf(instrument, ask.stopLossTicks),
  };
}

function priceOf(instrument: Instrument, ticks: number | undefined): string | undefined {
  return ticks === undefined ? undefined : formatPrice(instrument, ticks);
}
