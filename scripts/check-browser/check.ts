/// <reference lib="dom" />
import { AtAccount } from './account';
import { expectThat, type Findings, SYMBOL } from './at-screen';
import type { OpenScreen } from './browser';
import { endSampling, startSampling } from './sampler';
import { plain, until, VenueApi } from './venue-api';
import { trueBalances, wrongFrames } from './wrong-frames';
import type { Platform } from '../../local/platform';

const LOAD_BALANCER = 'load balancer';

/** What somebody does at the screen, step by step, with the API beside it. */
export class Check extends AtAccount {
  private readonly url: string;

  constructor(private readonly platform: Platform, screen: OpenScreen, findings: Findings, pictures: string | undefined) {
    super(screen, findings, pictures);
    this.url = platform.describe().baseUrl;
  }

  steps(): readonly (readonly [string, () => Promise<void>])[] {
    return [
      ['a wrong password is refused in words', () => this.wrongPassword()],
      ['sign in', () => this.signIn()],
      ['see the price move', () => this.priceMoves()],
      ['the book is the one of the API', () => this.sameBook()],
      ['a price off the tick is refused before it is sent', () => this.badPrice()],
      ['too large an order is refused by the core, in words', () => this.tooLarge()],
      ['place an order with the keyboard alone and see it', () => this.place()],
      ['change it', () => this.change()],
      ['cancel it', () => this.cancel()],
      ['see the fill of a market order and what it made of the balances', () => this.fill()],
      ['lose the load balancer: nothing looks live', () => this.loseLoadBalancer()],
      ['recover from what happened meanwhile without a wrong number in any frame', () => this.recover()],
      ['a ledger that lags: the fill is shown, old balances are not shown as live', () => this.lag()],
      ['silence is a loss too: a paused load balancer', () => this.pause()],
      ['lose the network and come back', () => this.offline()],
      ['write a note with tags and a picture of the chart, kept on the server', () => this.note()],
      ['find, change and delete notes', () => this.searchNotes()],
      ['the equity curve is the server\'s and ends at what the account is worth', () => this.equity()],
      ['run a backtest over the last week and read its report', () => this.backtest(() => this.fetchHistory())],
      ['a page that is loaded again is still signed in', () => this.reload()],
      ['sign out everywhere, and in again', () => this.sessions(() => this.signInAgain())],
      ['axe finds nothing serious on any tab, in dark and light', () => this.axeEverywhere()],
      ['phone width: every part, nothing wider than the screen', () => this.phone()],
      ['start over with the starting balance', () => this.startOver()],
      ['no error in the console, no traffic elsewhere', () => this.quiet()],
    ];
  }

  private async wrongPassword(): Promise<void> {
    const [user] = this.platform.users;
    await this.page.goto(this.url);
    await this.page.getByLabel('User name').fill(user.username);
    await this.page.getByLabel('Password').fill('not the password 1-A');
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await until('a sentence about it', async () => /password/i.test((await this.page.getByRole('alert').textContent()) ?? ''));
    await this.axe('sign-in');
  }

  private async signIn(): Promise<void> {
    const [user] = this.platform.users;
    await this.page.getByLabel('Password').fill(user.password);
    await this.page.getByLabel('Stay signed in on this device').check();
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('heading', { name: 'Watch list' }).waitFor();
    await this.caughtUp();
    this.api = await VenueApi.signIn(this.url, user);
    await this.page.getByRole('button', { name: '1s', exact: true }).click();
  }

  /** The candles of the last week, as every night. */
  private async fetchHistory(): Promise<void> {
    const schedule = this.platform.schedules().find((path) => path.includes('HistorySync'));
    expectThat(schedule !== undefined, 'there is no schedule for the history');
    await this.platform.runSchedule(schedule!);
  }

  private async signInAgain(): Promise<void> {
    await this.page.getByLabel('User name').fill(this.platform.users[0].username);
    await this.signIn();
  }

  /** Without what the tab keeps: by what the browser keeps and the page cannot read. */
  private async reload(): Promise<void> {
    await this.page.evaluate(() => sessionStorage.clear());
    expectThat(!(await this.page.evaluate(() => document.cookie)).includes('refresh'), 'the page can read what a token can be had for');
    const refreshed = this.page.waitForResponse(/\/v1\/sessions\/refresh$/, { timeout: 10_000 });
    await this.page.reload();
    const answer = await refreshed;
    expectThat(answer.ok(), `no token for who stays signed in: ${answer.status()} ${await answer.text()}`);
    await this.page.getByRole('heading', { name: 'Watch list' }).waitFor();
    await this.caughtUp();
    await this.page.getByRole('button', { name: '1s', exact: true }).click();
  }

  private async priceMoves(): Promise<void> {
    const seen = new Set<string>();
    await until('four different prices', async () => seen.add((await this.testId('last-price').textContent()) ?? '').size >= 4);
    const age = await this.testId('connection').textContent();
    expectThat(/price \d+\.\d s old/.test(age ?? ''), `the age of the price is not shown: ${age}`);
  }

  private async badPrice(): Promise<void> {
    await this.page.getByLabel('Price', { exact: true }).fill('50000.05');
    await this.page.getByText('Price must be a multiple of 0.1.').waitFor();
  }

  private async tooLarge(): Promise<void> {
    await this.page.getByLabel('Price', { exact: true }).fill('40000');
    await this.page.getByLabel('Quantity', { exact: true }).fill('10000');
    await this.page.getByText(/USDT short/).waitFor();
    await this.submit();
    await this.outcome(/not enough/i);
  }

  private async place(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('body').click({ position: { x: 2, y: 2 } });
    for (const key of ['b', 'ControlOrMeta+a']) await this.page.keyboard.press(key);
    await this.page.keyboard.type('0.02');
    await this.page.keyboard.press('Shift+Tab');
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type('41000');
    expectThat(
      plain((await this.testId('estimate').textContent())?.replace('USDT', '')) === '820',
      'the estimated cost of 0.02 at 41,000 is not 820 USDT',
    );
    await this.page.keyboard.press('Enter');
    await this.outcome(/^In the book/);
    await this.openOrders((orders) => orders.length === 1 && orders[0].price === '41000');
    await until('its line on the chart', async () =>
      /1 own orders marked/.test((await this.page.locator('.chart-host').getAttribute('aria-label')) ?? ''),
    );
  }

  private async change(): Promise<void> {
    await this.page.getByRole('button', { name: /^Change the buy order/ }).click();
    await this.page.locator('dialog').getByLabel('Price').fill('41500');
    await this.axe('change');
    await this.page.getByRole('button', { name: 'Change order' }).click();
    await this.openOrders((orders) => orders.length === 1 && orders[0].price === '41500');
  }

  private async cancel(): Promise<void> {
    await this.page.getByRole('button', { name: /^Cancel the buy order/ }).click();
    await this.openOrders((orders) => orders.length === 0);
  }

  private async fill(): Promise<void> {
    await this.page.getByLabel('Type').selectOption('market');
    await this.page.getByLabel('Quantity', { exact: true }).fill('0.05');
    await until('an estimate', async () => /[1-9]/.test((await this.testId('estimate').textContent()) ?? ''));
    await this.submit();
    await this.outcome(/^Filled: /);
    await this.page.getByRole('tab', { name: 'Fills' }).click();
    await until('the fill in the list', async () => {
      const row = await this.testId('fills').locator('tbody tr').first().textContent();
      return row?.includes('buy') && row.includes('0.05');
    });
    await this.page.getByRole('tab', { name: 'Portfolio' }).click();
    await this.sameBalances();
  }

  private async loseLoadBalancer(): Promise<void> {
    const id = await this.api.place({ symbol: SYMBOL, side: 'buy', type: 'limit', price: '42000', quantity: '0.03' });
    await until('the order on the screen', async () => (await this.page.getByRole('tab', { name: /^Open orders/ }).textContent())?.includes('(1)'));
    await this.caughtUp();
    await startSampling(this.page);
    await this.platform.killStore(LOAD_BALANCER);
    await this.link('lost', 8_000);
    await this.page.getByText(/^Connection lost\./).waitFor();
    await until(
      'every number says that it is old',
      async () => (await this.page.locator('[data-trust=live]').count()) === 0 && (await this.page.locator('#book .stale-badge').count()) === 1,
    );
    expectThat(await this.page.locator('.submit').isDisabled(), 'orders can be sent without a connection');
    if (this.pictures !== undefined) await this.page.waitForTimeout(3_000);
    await this.picture('connection-lost');
    // What happens to the account while the screen sees nothing: by the door of the service itself.
    const { port } = this.platform.processes().find(({ service }) => service === 'reference-api')!;
    const direct = this.api.at(`http://127.0.0.1:${port}`);
    const sold = await direct.place({ symbol: SYMBOL, side: 'sell', type: 'market', quantity: '0.07' });
    await until('the sale in the ledger', async () => (await direct.order(sold)).status === 'filled');
    await direct.place({ symbol: SYMBOL, side: 'buy', type: 'limit', price: '43000', quantity: '0.01' });
    await until('the order of before in the ledger', async () => (await direct.order(id)).status === 'open');
  }

  private async recover(): Promise<void> {
    const backAt = Date.now();
    await this.platform.startStore(LOAD_BALANCER);
    await this.caughtUp();
    await this.sameBalances();
    const truth = await this.totals();
    const samples = await endSampling(this.page);
    wrongFrames(samples, backAt, truth);
    await this.openOrders((orders) => orders.length === 2);
    await this.sameBook();
    await this.page.getByRole('tab', { name: 'Fills' }).click();
    await until('the sale that nobody saw', async () => (await this.testId('fills').locator('tbody tr').first().textContent())?.includes('0.07'));
  }

  private async lag(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Portfolio' }).click();
    await this.sameBalances();
    await startSampling(this.page);
    expectThat(this.platform.kill('settlement', 'SIGSTOP') > 0, 'there is no settlement to be paused');
    try {
      await this.api.place({ symbol: SYMBOL, side: 'buy', type: 'market', quantity: '0.0123' });
      await until('the account says that it is behind', async () => (await this.testId('connection').getAttribute('data-behind')) === 'true');
      // Long enough for several answers of a ledger that does not have it.
      await this.page.waitForTimeout(1_500);
      expectThat((await this.testId('connection').getAttribute('data-behind')) === 'true', 'the account says that it is up to date, and the ledger is not');
      await this.page.getByText(/account as of/).waitFor();
    } finally {
      this.platform.kill('settlement', 'SIGCONT');
    }
    await this.caughtUp();
    await this.sameBalances();
    const samples = await endSampling(this.page);
    const firstBehind = samples.findIndex(({ behind }) => behind);
    expectThat(firstBehind >= 0, 'no frame said that the account is behind');
    trueBalances(samples.slice(firstBehind), await this.totals());
  }

  private async totals(): Promise<string> {
    return (await this.api.balances()).map(({ asset, total }) => `${asset}=${plain(total)}`).join(' ');
  }

  private async pause(): Promise<void> {
    const { pid } = this.platform.describe().servers.find(({ name }) => name.includes(LOAD_BALANCER))!;
    process.kill(pid, 'SIGSTOP');
    try {
      await this.link('lost', 12_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await this.caughtUp();
  }

  private async offline(): Promise<void> {
    await this.screen.context.setOffline(true);
    await this.link('lost', 3_000);
    await this.screen.context.setOffline(false);
    await this.caughtUp();
    await this.page.getByRole('tab', { name: 'Portfolio' }).click();
    await this.sameBalances();
    await this.sameBook();
  }

  private async axeEverywhere(): Promise<void> {
    if (this.pictures !== undefined) await this.sitForPicture();
    for (const theme of ['dark', 'light'] as const) {
      if (theme === 'light') await this.page.getByRole('button', { name: 'Use the light theme' }).click();
      for (const tab of [/^Fills/, /^History/, /^Journal/, /^Backtest/, /^Portfolio/, /^Open orders/]) {
        await this.page.getByRole('tab', { name: tab }).click();
        await this.axe(`${theme} ${tab}`);
        // What is read when the tab opens.
        await this.page.waitForTimeout(this.pictures === undefined ? 200 : 1_500);
        if (theme === 'dark' && /Portfolio|Journal|Backtest/.test(tab.source)) await this.picture(tab.source.slice(1).toLowerCase());
      }
      await this.picture(theme);
    }
    await this.page.locator('body').click({ position: { x: 2, y: 2 } });
    await this.page.keyboard.press('?');
    await this.page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
    await this.axe('keys');
    await this.page.getByRole('button', { name: 'Close' }).click();
  }

  /** Something to look at: candles, orders near the price, a ticket that is filled in. */
  private async sitForPicture(): Promise<void> {
    await this.page.waitForTimeout(25_000);
    const { bids, asks } = await this.api.book(SYMBOL);
    await this.api.place({ symbol: SYMBOL, side: 'buy', type: 'limit', price: bids[3][0], quantity: '0.04' });
    await this.api.place({ symbol: SYMBOL, side: 'sell', type: 'limit', price: asks[3][0], quantity: '0.025' });
    await this.page.getByLabel('Type').selectOption('limit');
    await this.page.getByLabel('Price', { exact: true }).fill(bids[1][0]);
    await this.page.getByLabel('Quantity', { exact: true }).fill('0.15');
  }

  private async phone(): Promise<void> {
    await this.page.getByRole('button', { name: 'Use the dark theme' }).click();
    await this.page.setViewportSize({ width: 390, height: 844 });
    for (const [view, part] of [
      ['Book', '#book'],
      ['Trade', '#ticket'],
      ['Account', '#account'],
      ['Chart', '#chart'],
    ] as const) {
      await this.page.locator('.views').getByRole('button', { name: view }).click();
      await this.page.locator(part).waitFor();
      await this.fits(view);
      expectThat(
        (await this.testId('connection').isVisible()) && (await this.testId('last-price').isVisible()),
        `${view} hides the connection or the price`,
      );
      await this.axe(`phone ${view}`);
      await this.picture(`phone-${view.toLowerCase()}`);
    }
    await this.page.locator('.views').getByRole('button', { name: 'Account' }).click();
    for (const tab of ['Portfolio', 'Journal', 'Backtest']) {
      await this.page.getByRole('tab', { name: tab }).click();
      await this.page.waitForTimeout(400);
      await this.fits(tab);
      await this.axe(`phone ${tab}`);
      await this.picture(`phone-${tab.toLowerCase()}`);
    }
  }

  private async fits(what: string): Promise<void> {
    const [content, width] = await this.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expectThat(content <= width, `${what} is ${content} px wide on a screen of ${width} px`);
  }

  private bucketHost(): string | undefined {
    const { AWS_ENDPOINT_URL_S3: url } = this.platform.describe().environment;
    return url && new URL(url).host;
  }

  private quiet(): Promise<void> {
    // What the network said while it was away belongs to the test.
    const complaints = this.screen.complaints.filter((text) => !/net::ERR_|WebSocket connection|status of (401|422|502|503|504)/.test(text));
    expectThat(complaints.length === 0, `the browser complains:\n${complaints.join('\n')}`);
    const { host } = new URL(this.url);
    // Pictures go to the bucket, by the one address that the content policy names.
    const elsewhere = [...this.screen.origins].filter((one) => one !== host && one !== this.bucketHost());
    expectThat(elsewhere.length === 0, `asked of ${elsewhere.join(', ')}`);
    return Promise.resolve();
  }
}
