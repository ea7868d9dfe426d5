import { expectThat } from './at-screen';
import type { Sample } from './sampler';
import { plain } from './venue-api';

/** Throws when a frame after a loss said something wrong: old numbers as if they were live, or, once it was over, balances that are not the truth. */
export function wrongFrames(samples: readonly Sample[], backAt: number, truth: string): void {
  const firstLost = samples.findIndex(({ link }) => link === 'lost');
  expectThat(firstLost >= 0, 'the loss was in no frame');
  const after = samples.slice(firstLost);
  const looksLive = ({ priceLooksLive, bookLooksLive, balancesLookLive }: Sample): boolean => priceLooksLive || bookLooksLive || balancesLookLive;
  const boldly = after.filter((sample) => sample.link === 'lost' && looksLive(sample));
  expectThat(boldly.length === 0, `old numbers looked live in ${boldly.length} frames, such as ${JSON.stringify(boldly[0])}`);
  trueBalances(after.filter(({ at }) => at > backAt), truth);
}

/** Throws when balances looked live and were not the truth, or never looked live at all. */
export function trueBalances(samples: readonly Sample[], truth: string): void {
  const believed = samples.filter(({ balances, balancesLookLive }) => balancesLookLive && balances !== '');
  expectThat(believed.length > 0, 'the balances were never live again');
  const wrong = believed.filter(({ balances }) => plainly(balances) !== truth);
  expectThat(wrong.length === 0, `${wrong.length} frames showed balances that were not true: ${JSON.stringify(wrong[0])}; the truth: ${truth}`);
}

function plainly(balances: string): string {
  return balances.split(' ').map((one) => `${one.split('=')[0]}=${plain(one.split('=')[1])}`).join(' ');
}
