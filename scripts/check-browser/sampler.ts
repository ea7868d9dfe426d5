/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/** What stood on the screen in one frame. */
export interface Sample {
  readonly at: number;
  readonly link: string;
  readonly behind: boolean;
  /** `asset=total`, in the order of the table. */
  readonly balances: string;
  readonly price: string;
  /** Whether the price, the book and the balances looked as if they were kept up to date. */
  readonly priceLooksLive: boolean;
  readonly bookLooksLive: boolean;
  readonly balancesLookLive: boolean;
}

interface Sampling {
  samples?: Sample[];
}

/** Writes down what stands on the screen, frame by frame: a wrong number counts even if it stands there for one frame. */
export async function startSampling(page: Page): Promise<void> {
  await page.evaluate(() => {
    const home = window as unknown as Sampling;
    const samples: Sample[] = (home.samples = []);
    const looksLive = (selector: string): boolean =>
      document.querySelector(selector)?.closest('[data-trust]')?.getAttribute('data-trust') === 'live';
    let last = '';
    const look = (): void => {
      if (home.samples !== samples) return;
      const connection = document.querySelector<HTMLElement>('[data-testid=connection]');
      const rows = [...document.querySelectorAll<HTMLElement>('[data-testid=balances] [data-asset]')];
      const sample = {
        link: connection?.dataset.link ?? '',
        behind: connection?.dataset.behind === 'true',
        balances: rows.map((row) => `${row.dataset.asset}=${row.querySelector('[data-field=total]')?.textContent}`).join(' '),
        price: document.querySelector('[data-testid=last-price]')?.textContent ?? '',
        priceLooksLive: looksLive('[data-testid=last-price]'),
        bookLooksLive: looksLive('[data-testid=book]'),
        balancesLookLive: looksLive('[data-testid=balances]'),
      };
      const text = JSON.stringify(sample);
      if (text !== last) samples.push({ at: Date.now(), ...sample });
      last = text;
      requestAnimationFrame(look);
    };
    look();
  });
}

/** Every frame since the sampling began in which anything was different. */
export async function endSampling(page: Page): Promise<readonly Sample[]> {
  return page.evaluate(() => {
    const home = window as unknown as Sampling;
    const samples = home.samples ?? [];
    home.samples = undefined;
    return samples;
  });
}
