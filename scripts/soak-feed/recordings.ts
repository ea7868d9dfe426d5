import { DIALECTS, type Exchange } from '../../local/feeds/dialects';
import { GeneratedMarket } from '../../local/feeds/market';
import { RecordingWriter } from '../../local/feeds/recording';

const STEP_MS = 250;
const FOLLOWED = /^(tickers\.|orderbook\.1\.|publicTrade\.|ticker\.|books1\.|trade\.|.*@(ticker|bookTicker|trade)$)/;

/**
 * Records a market that does not exist, as an exchange would tell it.
 *
 * @param minutes of the market's time
 */
export async function generateRecording(file: string, exchange: Exchange, symbols: readonly string[], minutes: number): Promise<void> {
  const startedAt = Date.now() - minutes * 60_000;
  const writer = new RecordingWriter(file, { exchange, symbols: [...symbols], startedAt: new Date(startedAt).toISOString() });
  const markets = symbols.map((symbol) => new GeneratedMarket(symbol, `soak/${exchange}`));
  for (let offset = 0; offset < minutes * 60_000; offset += STEP_MS) {
    for (const [i, market] of markets.entries()) {
      const at = offset + Math.round(i * STEP_MS / markets.length);
      for (const { topic, text } of DIALECTS[exchange].frames(market, market.step(startedAt + at), startedAt + at, false)) {
        if (FOLLOWED.test(topic)) writer.write(market.symbol, text(), at);
      }
    }
    await writer.drained();
  }
  await writer.close();
}

/** Ids of the trades that a frame brings. */
export function tradeIds(exchange: Exchange, text: string): string[] {
  if (!/publicTrade|"trade"/.test(text)) return [];
  const frame = JSON.parse(text) as { topic?: string; arg?: { channel?: string }; e?: string; t?: number; data?: { i?: string; tradeId?: string }[] };
  if (exchange === 'binance') return frame.e === 'trade' ? [String(frame.t)] : [];
  return (frame.data ?? []).map(({ i, tradeId }) => String(i ?? tradeId));
}
