/// <reference lib="dom" />
import { AtScreen, expectThat } from './at-screen';
import { plain, until } from './venue-api';

/** What is about the account as such: its notes, its equity, its sessions. */
export class AtAccount extends AtScreen {
  protected async tab(name: RegExp): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  /** A note with a picture of the chart, which goes to the bucket itself and comes back from there. */
  protected async note(): Promise<void> {
    await this.tab(/^Journal/);
    await this.page.getByText('Notes are kept on the server').waitFor();
    await this.page.getByLabel(/^Note on/).fill('Bought the dip; wrong below 40,000.');
    await this.page.getByLabel('Tags').first().fill('#dip, patience');
    await this.page.getByLabel('With a picture of the chart').check();
    await this.page.getByRole('button', { name: 'Add note' }).click();
    await this.page.locator('.note-text', { hasText: 'Bought the dip' }).waitFor();
    await until('the picture of the chart', async () => this.page.locator('.note-picture img').evaluate((image) => (image as HTMLImageElement).naturalWidth > 100));
    const [note] = (await this.api.get<{ notes: { text: string; tags: string[]; screenshot?: { url: string; contentType: string } }[] }>('/v1/trade-journal/notes')).notes;
    expectThat(note.tags.join() === 'dip,patience' && note.screenshot?.contentType === 'image/png', `the server has ${JSON.stringify(note)}`);
    expectThat((await fetch(note.screenshot!.url.replace(/X-Amz-Signature=\w{8}/, 'X-Amz-Signature=00000000'))).status === 403, 'the bucket shows the picture to anybody');
    await this.page.locator('.note-picture').click();
    await this.page.locator('dialog .picture').waitFor();
    await this.axe('picture of a note');
    await this.page.getByRole('button', { name: 'Close' }).click();
  }

  protected async searchNotes(): Promise<void> {
    await this.page.getByLabel(/^Note on/).fill('Stayed out; no plan, no trade.');
    await this.page.getByLabel('With a picture of the chart').uncheck();
    await this.page.getByRole('button', { name: 'Add note' }).click();
    await until('two notes', async () => (await this.page.locator('.notes li').count()) === 2);
    await this.page.getByRole('button', { name: '#patience' }).click();
    await until('the note with the tag', async () => (await this.page.locator('.notes li').count()) === 1);
    await this.page.getByRole('button', { name: 'all', exact: true }).click();
    await this.page.getByLabel('Search the text of notes').fill('NO PLAN');
    await until('the note with the words', async () => (await this.page.locator('.notes li').allTextContents()).join().includes('Stayed out')
      && (await this.page.locator('.notes li').count()) === 1);
    await this.page.getByRole('button', { name: /^Edit the note/ }).click();
    await this.page.locator('.notes').getByLabel('Text').fill('Stayed out: no plan, no trade, no regret.');
    await this.page.getByRole('button', { name: 'Save note' }).click();
    await this.page.getByText('no regret').waitFor();
    await this.page.getByRole('button', { name: /^Delete the note/ }).click();
    await until('no such note', async () => (await this.page.locator('.notes li').count()) === 0);
    await this.page.getByLabel('Search the text of notes').fill('');
    await until('the other note', async () => (await this.page.locator('.notes li').count()) === 1);
  }

  /** The curve is the server's, and its last point is what the account is worth. */
  protected async equity(): Promise<void> {
    await this.tab(/^Portfolio/);
    const curve = this.testId('equity-curve');
    await until('points of the equity curve', async () => Number(await curve.getAttribute('data-points')) >= 2, 30_000);
    await until('the last point is within a hundredth of the portfolio', async () => {
      const told = await this.api.get<{ points: { equity: string }[] }>('/v1/portfolio/equity?interval=1m');
      const [shown, wanted] = [Number(await curve.getAttribute('data-last')), Number(told.points.at(-1)!.equity)];
      return wanted > 0 && Math.abs(shown / wanted - 1) < 0.01;
    });
  }

  protected async backtest(fetchHistory: () => Promise<void>): Promise<void> {
    await fetchHistory();
    await this.tab(/^Backtest/);
    await this.page.getByLabel('slow', { exact: true }).fill('1.5');
    await this.page.getByRole('button', { name: 'Run backtest' }).click();
    await this.page.getByText('slow is a whole number').waitFor();
    await this.page.getByLabel('fast', { exact: true }).fill('3-9/2');
    await this.page.getByLabel('slow', { exact: true }).fill('12-30/6');
    await this.page.getByRole('button', { name: 'Run backtest' }).click();
    const report = this.testId('backtest-report');
    await report.waitFor({ timeout: 60_000 });
    const { backtests: [newest] } = await this.api.get<{ backtests: { backtestId: string; status: string; summary: { finalBalance: string; trades: number } }[] }>('/v1/backtests');
    const text = (await report.textContent())?.replaceAll(',', '') ?? '';
    expectThat(newest.status === 'succeeded' && text.includes(newest.summary.finalBalance.split('.')[0]), `the API says ${JSON.stringify(newest)}, the screen ${text.slice(0, 300)}`);
    const page = await fetch(await report.getByRole('link', { name: 'Whole report' }).getAttribute('href') ?? '');
    expectThat(page.ok && /sma-cross/.test(await page.text()), `the whole report answers ${page.status}`);
    await this.axe('report of a backtest');
  }

  protected async startOver(): Promise<void> {
    await this.tab(/^Portfolio/);
    await this.page.getByRole('button', { name: 'Start over …' }).click();
    await this.axe('start over');
    await this.page.locator('dialog').getByRole('button', { name: 'Start over', exact: true }).click();
    await until('no open order', async () => (await this.api.openOrders()).length === 0);
    const { startingBalances } = await this.api.get<{ startingBalances: { asset: string; amount: string }[] }>('/v1/account');
    const wanted = startingBalances.map(({ asset, amount }) => `${asset}=${plain(amount)}`).join();
    await until('the starting balances and nothing else', async () => {
      const rows = await this.page.locator('[data-testid=balances] [data-asset]').evaluateAll((all) => all.map((row) => [
        (row as HTMLElement).dataset.asset ?? '', row.querySelector('[data-field=total]')?.textContent ?? '',
      ]));
      return rows.map(([asset, total]) => `${asset}=${plain(total)}`).filter((row) => !row.endsWith('=0')).join() === wanted;
    });
    await this.sameBalances();
  }

  protected async sessions(again: () => Promise<void>): Promise<void> {
    await this.page.locator('button.who').click();
    await this.page.getByText('this one').waitFor();
    await this.axe('sessions');
    const before = await this.page.locator('.sessions li').count();
    expectThat(before >= 2, `${before} sessions, and the API has one of its own`);
    await this.page.getByRole('button', { name: /^End the session/ }).first().click();
    await until('one session less', async () => (await this.page.locator('.sessions li').count()) === before - 1);
    await this.page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await this.page.getByText('You are signed out everywhere.').waitFor();
    await until('its token is refused', async () => this.api.get('/v1/portfolio').then(() => false, () => true));
    // Times of sign-in are whole seconds: within the very second of a sign-out nobody comes in.
    await this.page.waitForTimeout(1_200);
    await again();
  }
}
