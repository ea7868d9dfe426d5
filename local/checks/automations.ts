import { times } from '../cli/check-trade';
import type { ApiClient, InstrumentInfo } from '../runtime/api-client';
import { LocalError } from '../servers/errors';

interface Automation {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly orders: readonly { readonly orderId: string; readonly role: string }[];
}

/** How near the market the exits and the trailing stop are: a few steps of the generated one. */
const NEAR_BPS = 4;
const LIMIT_MS = 40_000;

/** A bracket that gets in at the market and a trailing stop, which workers look after until the live market has ended both. */
export async function lookedAfter(api: ApiClient, instrument: InstrumentInfo, live: number, token: string, stopIfAborted: () => void): Promise<void> {
  const { symbol, tickSize, lotSize } = instrument;
  const price = (bps: number): string => times(tickSize, Math.round(live * (1 + bps / 10_000) / Number(tickSize)));
  const quantity = times(lotSize, 10);
  const begin = (body: object) => api.post<{ id: string }>('/v1/automations', { symbol, quantity, ...body }, token);
  const asked = await Promise.all([
    begin({ type: 'bracket', side: 'buy', takeProfitPrice: price(NEAR_BPS), stopLossPrice: price(-NEAR_BPS) }),
    begin({ type: 'trailing_stop', side: 'sell', distanceBps: NEAR_BPS }),
  ]);
  for (const deadline = Date.now() + LIMIT_MS; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const all = await Promise.all(asked.map(({ id }) => api.get<Automation>(`/v1/automations/${id}`, token)));
    const failed = all.find(({ status }) => status === 'failed' || status === 'cancelled');
    if (failed) throw new LocalError(`A ${failed.type} is ${failed.status}: ${failed.reason}.`);
    if (all.every(({ status, orders }) => status === 'done' && orders.length > 0)) return;
    stopIfAborted();
    if (Date.now() > deadline) throw new LocalError(`The workers did not end in ${LIMIT_MS / 1_000} s: ${JSON.stringify(all)}`);
  }
}
