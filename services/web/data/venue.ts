import { Api, ApiProblem, type Session } from './api';
import { PrivateData } from './private-data';
import { FIRST, type ScreenState } from './state';
import { type Socket, Stream } from './stream';
import { type Bar, hasHistory, type Interval, INTERVALS, LiveBars } from '../core/bars';
import { type BookDifference, type BookPicture, DepthBook } from '../core/depth-book';
import { ClockOffset } from '../core/freshness';
import type { Instrument, MarketTick, OrderUpdate, Trade } from '../core/model';
import type { Schedule, Store } from '../core/store';

/** What the screen stands on: the browser, or a test. */
export interface VenueHost {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly openSocket: () => Socket;
  readonly loadSession: () => Session | undefined;
  readonly saveSession: (session: Session | undefined) => void;
  readonly schedule?: Schedule;
}

const TRADES_SHOWN = 50;
/** Between two looks at what is not streamed. */
const REFRESH_MS = 15_000;
/** Channels of a connection are limited, and three are for the chosen instrument and the orders. */
const MOST_WATCHED = 40;
const HISTORY_BARS = 1_000;
/** Longest span of one question for candles. */
const HISTORY_SPAN_MS = 99_000 * 60_000;

/** Brings what the server says into the state, and what people want to the server. */
export class Venue {
  readonly api: Api;
  readonly account: PrivateData;
  private stream: Stream | undefined;
  private book: DepthBook | undefined;
  private bars: LiveBars | undefined;
  private readonly allBars = new Map<string, LiveBars>();
  private readonly clock = new ClockOffset();
  private fetchingBook = false;
  private lastRefresh = 0;

  constructor(
    readonly store: Store<ScreenState>,
    private readonly host: VenueHost,
  ) {
    this.api = new Api(host.fetch, () => store.now.session?.token);
    this.account = new PrivateData(this.api, store, (error) => this.refused(error));
  }

  /** Begins where the last visit ended, if its token is still good. */
  async start(): Promise<void> {
    const session = this.host.loadSession();
    const instruments = this.loadInstruments();
    if (session && session.expiresAt > Date.now()) await this.enter(session, instruments);
  }

  /** @throws ApiProblem */
  async signIn(username: string, password: string): Promise<void> {
    const { accessToken, expiresIn } = await this.api.send<{ accessToken: string; expiresIn: number }>('POST', '/v1/sessions', {
      username,
      password,
    });
    await this.enter({ username, token: accessToken, expiresAt: Date.now() + expiresIn * 1_000 }, this.loadInstruments());
  }

  signOut(note?: string): void {
    this.stream?.close();
    this.stream = undefined;
    this.book = undefined;
    this.bars = undefined;
    this.allBars.clear();
    this.account.clear();
    this.host.saveSession(undefined);
    const { instruments, interval } = this.store.now;
    this.store.setNow({ ...CLEARED, ...FIRST, now: Date.now(), linkSince: Date.now(), instruments, interval, signInNote: note });
  }

  /** Shows another instrument. */
  choose(symbol: string): void {
    const before = this.store.now.symbol;
    if (symbol === before || !this.store.now.instruments.some((one) => one.symbol === symbol)) return;
    if (before !== undefined) this.stream?.unsubscribe(channelsOf(before));
    this.book = new DepthBook(symbol);
    this.bars = this.barsOf(symbol);
    // Nothing of the other instrument may stand under the new name, not for one frame.
    this.store.setNow({
      symbol,
      book: undefined,
      lastBook: undefined,
      trades: [],
      history: [],
      historyOf: undefined,
      live: [...this.bars.of(this.store.now.interval)],
    });
    this.stream?.subscribe(channelsOf(symbol));
    void this.fetchBook();
    void this.loadHistory();
  }

  setInterval(interval: Interval): void {
    this.store.setNow({ interval, history: [], historyOf: undefined, live: [...(this.bars?.of(interval) ?? [])] });
    void this.loadHistory();
  }

  /** Called a few times a second: ages grow, and a session ends. */
  tick(): void {
    this.store.set({ now: Date.now() });
    const { session, link } = this.store.now;
    // What positions are worth moves with the market, and is said nowhere but here.
    if (link === 'live' && Date.now() - this.lastRefresh >= REFRESH_MS) {
      this.lastRefresh = Date.now();
      void this.account.refresh();
    }
    if (session && session.expiresAt <= Date.now()) this.signOut('The session has ended. Sign in again.');
  }

  networkLost(): void {
    this.stream?.drop();
  }

  networkBack(): void {
    this.stream?.retryNow();
  }

  /** Price of a symbol at a time, as far as it was seen here. */
  readonly seenPrice = (symbol: string, time: number): string | undefined => this.allBars.get(symbol)?.priceAt(time);

  private async enter(session: Session, instruments: Promise<void>): Promise<void> {
    this.host.saveSession(session);
    this.store.setNow({ session, signInNote: undefined, link: 'connecting', linkSince: Date.now() });
    await instruments;
    if (this.store.now.session !== session) return;
    this.openStream(session);
    const {
      symbol,
      instruments: [first],
    } = this.store.now;
    if (symbol === undefined && first) this.choose(first.symbol);
  }

  private openStream(session: Session): void {
    this.stream?.close();
    const stream = (this.stream = new Stream(
      { token: session.token, open: this.host.openSocket, after: () => this.account.after() },
      {
        onHeard: () => this.store.set({ heardAt: Date.now() }),
        onOpen: () => this.store.set({ link: 'catching-up', linkSince: Date.now() }),
        onReady: () => void this.catchUp(),
        onData: (channel, data) => this.take(channel, data),
        onGap: (channels) => this.gap(channels),
        onLost: () => this.lost(),
        onUnauthorized: () => this.signOut('The session has ended. Sign in again.'),
      },
    ));
    stream.subscribe(['orders', ...this.store.now.instruments.slice(0, MOST_WATCHED).map(({ symbol }) => `ticker.${symbol}`)]);
  }

  /** The connection stands: what is older than it is read again before anything counts as live. */
  private async catchUp(): Promise<void> {
    const { stream } = this;
    this.book?.lose();
    void this.askTime();
    await Promise.all([this.fetchBook(), this.account.catchUp()]);
    if (this.stream === stream && this.store.now.link === 'catching-up') this.store.set({ link: 'live', linkSince: Date.now() });
  }

  private lost(): void {
    const { book, lastBook } = this.store.now;
    this.book?.lose();
    // At once: a number that nobody keeps up to date must not look as if somebody did.
    this.store.setNow({ link: 'lost', linkSince: Date.now(), now: Date.now(), book: undefined, lastBook: book ?? lastBook, behind: true });
  }

  private gap(channels: readonly string[]): void {
    if (channels.includes('orders')) void this.account.catchUp();
    if (channels.some((channel) => channel.startsWith('depth.'))) {
      this.book?.lose();
      this.showBook();
      void this.fetchBook();
    }
  }

  private take(channel: string, data: unknown): void {
    const kind = channel.slice(0, channel.indexOf('.'));
    if (channel === 'orders') for (const update of [data as OrderUpdate | readonly OrderUpdate[]].flat()) this.account.take(update as OrderUpdate);
    else if (kind === 'ticker') this.takeTick(data as MarketTick);
    else if (channel === `depth.${this.store.now.symbol}`) this.takeDifference(data as BookDifference);
    else if (channel === `trades.${this.store.now.symbol}`) this.takeTrade(data as Trade);
  }

  private takeTick(tick: MarketTick): void {
    const { ticks, firstPrices, symbol, interval } = this.store.now;
    this.barsOf(tick.symbol).price(tick.lastPrice, tick.receivedTime);
    this.store.set({
      ticks: { ...ticks, [tick.symbol]: tick },
      ...(firstPrices[tick.symbol] === undefined ? { firstPrices: { ...firstPrices, [tick.symbol]: tick.lastPrice } } : {}),
      ...(tick.symbol === symbol ? { live: [...this.barsOf(symbol).of(interval)] } : {}),
    });
  }

  private takeDifference(difference: BookDifference): void {
    this.book?.apply(difference);
    this.showBook();
    if (this.book?.needsPicture) void this.fetchBook();
  }

  private takeTrade(trade: Trade): void {
    const { trades, interval } = this.store.now;
    if (trades.some(({ seq }) => seq === trade.seq)) return;
    // Where nobody streams a market, the venue's own trades are the price.
    if (this.store.now.ticks[trade.symbol] === undefined) this.bars?.price(trade.price, trade.time);
    this.bars?.volume(trade.quantity, trade.time);
    this.store.set({ trades: [trade, ...trades].sort((a, b) => b.seq - a.seq).slice(0, TRADES_SHOWN), live: [...(this.bars?.of(interval) ?? [])] });
  }

  private showBook(): void {
    const view = this.book?.view;
    this.store.set(view ? { book: view, lastBook: undefined } : { book: undefined, lastBook: this.store.now.book ?? this.store.now.lastBook });
  }

  /** Fetches pictures until one and the differences after it make a book. */
  private async fetchBook(): Promise<void> {
    if (this.fetchingBook) return;
    this.fetchingBook = true;
    try {
      for (let attempt = 0; this.book?.needsPicture && this.store.now.session; attempt++) {
        if (this.store.now.link !== 'live' && this.store.now.link !== 'catching-up') return;
        const { book } = this;
        try {
          const picture = await this.api.get<BookPicture>(`/v1/book/${book.symbol}`);
          if (book === this.book) book.begin(picture);
          this.showBook();
        } catch (error) {
          if (this.refused(error)) return;
        }
        if (this.book?.needsPicture) await pause(Math.min(2_000, 100 * 2 ** attempt));
      }
    } finally {
      this.fetchingBook = false;
    }
  }

  private async loadInstruments(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.api.get<{ instruments: readonly Instrument[] }>('/v1/instruments').catch(() => undefined);
      if (answer && answer.instruments.length > 0) return this.store.set({ instruments: answer.instruments });
      await pause(Math.min(5_000, 500 * 2 ** attempt));
    }
  }

  private async loadHistory(): Promise<void> {
    const { symbol, interval } = this.store.now;
    if (symbol === undefined || !hasHistory(interval)) return;
    const historyOf = `${symbol}/${interval}`;
    const now = Date.now() + this.clock.offsetMs;
    // The history ends yesterday, so the span reaches two days further back than the bars that are wanted.
    const span = Math.min(HISTORY_SPAN_MS, HISTORY_BARS * INTERVALS[interval] * 1_000 + 2 * 86_400_000);
    const path = `/v1/candles/${symbol}?interval=${interval}&limit=${HISTORY_BARS}&from=${Math.floor(now - span)}`;
    const answer = await this.api.get<{ candles: readonly Bar[] }>(path).catch(() => undefined);
    const { symbol: symbolNow, interval: intervalNow } = this.store.now;
    if (answer && `${symbolNow}/${intervalNow}` === historyOf) this.store.set({ history: answer.candles, historyOf });
  }

  private async askTime(): Promise<void> {
    const sentAt = Date.now();
    const answer = await this.api.get<{ time: number }>('/v1/time').catch(() => undefined);
    if (!answer) return;
    this.clock.take(sentAt, answer.time, Date.now());
    this.store.set({ offsetMs: this.clock.offsetMs });
  }

  private barsOf(symbol: string): LiveBars {
    let bars = this.allBars.get(symbol);
    if (!bars) this.allBars.set(symbol, (bars = new LiveBars(symbol)));
    return bars;
  }

  /** Whether the server says that the session is over. */
  private refused(error: unknown): boolean {
    if (!(error instanceof ApiProblem) || error.status !== 401) return false;
    this.signOut('The session has ended. Sign in again.');
    return true;
  }
}

/** What belongs to one account, to be gone when another signs in. */
const CLEARED: Partial<ScreenState> = {
  session: undefined,
  heardAt: undefined,
  symbol: undefined,
  book: undefined,
  lastBook: undefined,
  historyOf: undefined,
  account: undefined,
};

const channelsOf = (symbol: string): readonly string[] => [`depth.${symbol}`, `trades.${symbol}`];
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
