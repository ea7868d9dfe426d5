import type { Assumptions } from './assumptions';

/**
 * Price of a fill that takes liquidity, in ticks: worse for whoever takes it, rounded to their disadvantage.
 *
 * @param price of the bar
 * @param lots that are taken now, of `volume` that the bar has
 */
export function slipped(price: number, isBuy: boolean, lots: number, volume: number, { slippage, maxSlippageBps }: Assumptions): number {
  let bps = 0;
  switch (slippage.kind) {
    case 'none': return price;
    case 'ticks': bps = Math.min(maxSlippageBps, slippage.ticks * 10_000 / price); break;
    case 'bps': bps = Math.min(maxSlippageBps, slippage.bps); break;
    case 'volume-share': {
      const share = volume === 0 ? 1 : Math.min(1, lots / volume);
      bps = Math.min(maxSlippageBps, slippage.bpsAtWhole * share * share);
    }
  }
  // Tiny remainders of the division must not cost a tick.
  const ticks = Math.ceil(price * bps / 10_000 - 1e-9);
  return isBuy ? price + ticks : Math.max(1, price - ticks);
}
