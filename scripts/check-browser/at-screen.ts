/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { OpenScreen } from './browser';
import { type OrderRow, plain, until, type VenueApi } from './venue-api';

export const SYMBOL = 'BTCUSDT';
/** Levels of each side that the ladder shows at most. */
const ROWS = 9;

export type Findings = Record<'serious' | 'critical', number>;
type Link = 'live' | 'lost';

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** What can be seen on the screen, and whether it is what the API says. */
export class AtScreen {
  protected api!: VenueApi;
  private readonly axeSource = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

  constructor(protected readonly screen: OpenScreen, private readonly findings: Findings, protected readonly pictures: string | undefined) {}

  protected get page() {
    return this.screen.page;
  }

  protected testId(id: string) {
    return this.page.getByTestId(id);
  }

  protected async link(state: Link, timeoutMs = 20_000): Promise<void> {
    await until(`the connection is ${state}`, async () => (await this.testId('connection').getAttribute('data-link')) === state, timeoutMs);
  }

  protected async caughtUp(): Promise<void> {
    await this.link('live', 45_000);
    await until('the account is up to date', async () => (await this.testId('connection').getAttribute('data-behind')) === 'false', 30_000);
  }

  protected async picture(name: string): Promise<void> {
    if (this.pictures !== undefined) await this.page.screenshot({ path: join(this.pictures, `screen-${name}.png`) });
  }

  protected async sameBook(): Promise<void> {
    await until('the same book under the same sequence', async () => {
      // Read at once: the next picture comes within the second.
      const [shown, told] = await Promise.all([
        this.testId('book').evaluate((table) => ({
          seq: Number((table as HTMLElement).dataset.seq),
          side: Object.fromEntries(
            ['asks', 'bids'].map((side) => [
              side,
              [...table.querySelectorAll(`[data-side=${side}] tr`)].map((row) => [
                row.querySelector('button')?.textContent ?? '',
                row.children[1].textContent ?? '',
              ]),
            ]),
          ),
        })),
        this.api.book(SYMBOL),
      ]);
      if (shown.seq !== told.seq) return false;
      for (const [side, levels] of [
        ['bids', told.bids],
        ['asks', told.asks],
      ] as const) {
        const rows = (side === 'asks' ? shown.side[side].toReversed() : shown.side[side]).map(
          ([price, quantity]) => `${plain(price)}×${plain(quantity)}`,
        );
        const wanted = levels.slice(0, ROWS).map(([price, quantity]) => `${plain(price)}×${plain(quantity)}`);
        if (rows.length === 0 || rows.join() !== wanted.join()) {
          throw new Error(`${side} of ${shown.seq}: the screen shows ${rows.join(' ')}, the API says ${wanted.join(' ')}`);
        }
      }
      return true;
    });
  }

  protected async submit(): Promise<void> {
    await this.page.locator('.submit').click();
  }

  protected async outcome(words: RegExp): Promise<void> {
    await until(`the ticket says ${words}`, async () => words.test((await this.testId('outcome').textContent()) ?? ''), 10_000).catch(
      async (error: Error) => {
        throw new Error(`${error.message}; it says: ${await this.testId('outcome').textContent()}`);
      },
    );
  }

  /** The screen's open orders are those of the API, and what is expected. */
  protected async openOrders(fits: (orders: readonly OrderRow[]) => boolean): Promise<void> {
    await this.page.getByRole('tab', { name: /^Open orders/ }).click();
    await until('the same open orders on the screen and in the API', async () => {
      const rows = await this.page
        .locator('[data-testid=open-orders] tbody tr')
        .evaluateAll((all) =>
          all.map((row) => `${(row as HTMLElement).dataset.order} ${row.children[5].textContent?.replaceAll(',', '').replace(/\.0+$/, '')}`),
        );
      const told = await this.api.openOrders();
      return (
        fits(told) &&
        rows.sort().join() ===
          told
            .map(({ orderId, price }) => `${orderId} ${price}`)
            .sort()
            .join()
      );
    });
  }

  protected async sameBalances(): Promise<void> {
    await until('the same balances on the screen and in the API', async () => {
      const rows = await this.page
        .locator('[data-testid=balances] [data-asset]')
        .evaluateAll((all) =>
          all.map((row) => [
            (row as HTMLElement).dataset.asset ?? '',
            ...['free', 'held', 'total'].map((field) => row.querySelector(`[data-field=${field}]`)?.textContent ?? ''),
          ]),
        );
      const shown = rows
        .map(([asset, ...amounts]) => [asset, ...amounts.map(plain)].join(' '))
        .sort()
        .join('; ');
      const told = (await this.api.balances())
        .map(({ asset, free, held, total }) => [asset, ...[free, held, total].map(plain)].join(' '))
        .sort()
        .join('; ');
      if (shown !== told) throw new Error(`the screen shows ${shown}, the API says ${told}`);
      return rows.length > 0;
    });
  }

  protected async axe(where: string): Promise<void> {
    await this.page.evaluate(this.axeSource);
    const found = await this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
      return (await axe.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html.slice(0, 200) }));
    });
    const grave = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    for (const { impact } of grave) this.findings[impact as keyof Findings] += 1;
    expectThat(grave.length === 0, `axe on ${where}: ${grave.map(({ id, impact, html }) => `${impact} ${id}: ${html}`).join('; ')}`);
  }
}
