import { openAccount } from './account';
import { Api, ApiProblem, type Session } from './api';
import { PrivateData } from './private-data';
import { refreshed, signInOptions, signInProblem, type Token, usernameOf } from './sessions';
import { FIRST, type ScreenState } from './state';
import { type Socket, Stream } from './stream';
import { type Bar, hasHistory, type Interval, INTERVALS, LiveBars, withTail } from '../core/bars';
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
  /** Whether somebody asked this browser to stay signed in. */
  readonly remembered?: { readonly get: () => boolean; readonly set: (value: boolean) => void };
  /** Why signing in elsewhere did not work, when that is where the page comes from. */
  readonly signInError?: string;
  readonly schedule?: Schedule;
}

const TRADES_SHOWN = 50;
/** Between two looks at what is not streamed. */
const REFRESH_MS = 15_000;
/** Channels of a connection are limited, and three are for the chosen instrument and the orders. */
const MOST_WATCHED = 40;
const HISTORY_BARS = 1_000;
/** Between two looks at the end of the history. */
const TAIL_MS = 30_000;
/** A new token is asked for this long before the old one ends, and this long after an attempt that came to nothing. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_AGAIN_MS = 10_000;
const ENDED = 'The session has ended. Sign in again.';
const ENDED_ELSEWHERE = 'This session was ended. Sign in again.';
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
  private lastTail = 0;
  private renewAt = 0;
  private renewing: Promise<Token | undefined> | undefined;

  constructor(
    readonly store: Store<ScreenState>,
    private readonly host: VenueHost,
  ) {
    this.api = new Api(host.fetch, () => store.now.session?.token);
    this.account = new PrivateData(this.api, store, (error) => this.refused(error), () => void this.readFacts());
  }

  /** Begins where the last visit ended, if its token is still good. */
  async start(): Promise<void> {
    const session = this.host.loadSession();
    const instruments = this.loadInstruments();
    if (this.host.signInError !== undefined) this.store.set({ signInNote: signInProblem(this.host.signInError) });
    void signInOptions(this.api).then((signIn) => this.store.set({ signIn }));
    if (session && session.expiresAt > Date.now()) return this.enter(session, instruments);
    const token = this.host.remembered?.get() ? await this.renewed() : undefined;
    if (token) await this.enter(sessionOf(token, undefined, true), instruments);
  }

  /** @throws ApiProblem */
  async signIn(username: string, password: string, remember = false): Promise<void> {
    const token = await this.api.send<Token>('POST', '/v1/sessions', { username, password, ...(remember ? { remember } : {}) });
    this.host.remembered?.set(remember);
    await this.enter(sessionOf(token, username, remember), this.loadInstruments());
  }

  /** Signing in elsewhere begins: it comes back with what a token can be had for. */
  leaveForSignIn(): void {
    this.host.remembered?.set(true);
  }

  /** Ends the session here and on the server. */
  async leave(): Promise<void> {
    const ended = this.api.send('DELETE', '/v1/sessions/current').catch(() => undefined);
    this.signOut();
    await ended;
  }

  signOut(note?: string): void {
    this.host.remembered?.set(false);
    this.stream?.close();
    this.stream = undefined;
    this.book = undefined;
    this.bars = undefined;
    this.allBars.clear();
    this.account.clear();
    this.host.saveSession(undefined);
    const { instruments, interval, signIn } = this.store.now;
    this.store.setNow({ ...CLEARED, ...FIRST, now: Date.now(), linkSince: Date.now(), instruments, interval, signIn, signInNote: note });
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
    // Today's bars grow where this page sees only their prices.
    if (link === 'live' && Date.now() - this.lastTail >= TAIL_MS) void this.loadTail();
    if (session) this.keepSession(session, Date.now());
  }

  /** A new token before the old one ends; without one the session ends with it. */
  private keepSession(session: Session, now: number): void {
    const left = session.expiresAt - now;
    if (session.remembered && left < RENEW_BEFORE_MS && now >= this.renewAt) {
      this.renewAt = now + RENEW_AGAIN_MS;
      void this.renew();
    }
    // Whoever wakes a computer up again gets a chance to come back.
    if (left <= (session.remembered ? -RENEW_BEFORE_MS : 0)) this.signOut(ENDED);
  }

  /** @returns whether the session goes on */
  private async renew(): Promise<boolean> {
    const before = this.store.now.session;
    if (!before) return false;
    this.renewing ??= this.renewed().finally(() => {
      this.renewing = undefined;
    });
    const token = await this.renewing.catch(() => 'later' as const);
    if (token === 'later' || this.store.now.session === undefined) return false;
    if (this.store.now.session !== before) return true;
    if (!token) {
      this.signOut(ENDED);
      return false;
    }
    const session = sessionOf(token, before.username, true);
    this.host.saveSession(session);
    this.store.setNow({ session });
    this.stream?.renew();
    return true;
  }

  private async renewed(): Promise<Token | undefined> {
    const token = await refreshed(this.api);
    if (!token) this.host.remembered?.set(false);
    return token;
  }

  private async readFacts(): Promise<void> {
    const facts = await openAccount(this.api).catch(() => this.store.now.facts);
    if (this.store.now.session) this.store.set({ facts });
  }

  networkLost(): void {
    this.stream?.drop();
  }

  networkBack(): void {
    this.stream?.retryNow();
  }

  private async enter(session: Session, instruments: Promise<void>): Promise<void> {
    this.host.saveSession(session);
    this.store.setNow({ session, signInNote: undefined, link: 'connecting', linkSince: Date.now() });
    await instruments;
    if (this.store.now.session !== session) return;
    this.openStream();
    void this.readFacts();
    const {
      symbol,
      instruments: [first],
    } = this.store.now;
    if (symbol === undefined && first) this.choose(first.symbol);
  }

  private openStream(): void {
    this.stream?.close();
    const stream = (this.stream = new Stream(
      { token: () => this.store.now.session?.token ?? '', open: this.host.openSocket, after: () => this.account.after() },
      {
        onHeard: () => this.store.set({ heardAt: Date.now() }),
        onOpen: () => this.store.set({ link: 'catching-up', linkSince: Date.now() }),
        onReady: () => void this.catchUp(),
        onData: (channel, data) => this.take(channel, data),
        onGap: (channels) => this.gap(channels),
        onLost: () => this.lost(),
        onUnauthorized: (code) => void this.streamRefused(code),
      },
    ));
    stream.subscribe(['orders', ...this.store.now.instruments.slice(0, MOST_WATCHED).map(({ symbol }) => `ticker.${symbol}`)]);
  }

  /** The connection stands: what is older than it is read again before anything counts as live. */
  private async catchUp(): Promise<void> {
    const { stream } = this;
    this.book?.lose();
    void this.askTime();
    void this.loadTail();
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

  /** Reads the last bars again, and what came after them: also what happened while nobody listened. */
  private async loadTail(): Promise<void> {
    this.lastTail = Date.now();
    const { symbol, interval, history, historyOf } = this.store.now;
    const from = history.at(-2)?.openTime;
    if (symbol === undefined || from === undefined || historyOf !== `${symbol}/${interval}`) return;
    const path = `/v1/candles/${symbol}?interval=${interval}&limit=${HISTORY_BARS}&from=${from}`;
    const answer = await this.api.get<{ candles: readonly Bar[] }>(path).catch(() => undefined);
    // Another instrument may be shown by now, or another load may have been quicker.
    if (answer && this.store.now.history === history) this.store.set({ history: withTail(history, answer.candles) });
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

  private async streamRefused(code: string | undefined): Promise<void> {
    if (code === 'session_ended') return this.signOut(ENDED_ELSEWHERE);
    if (!this.store.now.session?.remembered) return this.signOut(ENDED);
    this.lost();
    if (await this.renew()) this.openStream();
    else if (this.store.now.session) this.signOut(ENDED);
  }

  /** Whether the server says that the session is over. */
  private refused(error: unknown): boolean {
    if (!(error instanceof ApiProblem) || error.status !== 401) return false;
    if (this.store.now.session?.remembered && error.code !== 'session_ended') {
      // A token that is over is no session that is over.
      void this.renew();
      return false;
    }
    this.signOut(error.code === 'session_ended' ? ENDED_ELSEWHERE : ENDED);
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
  facts: undefined,
};

function sessionOf({ accessToken, expiresIn }: Token, username: string | undefined, remembered: boolean): Session {
  return { username: username ?? usernameOf(accessToken) ?? '', token: accessToken, expiresAt: Date.now() + expiresIn * 1_000, remembered };
}

const channelsOf = (symbol: string): readonly string[] => [`depth.${symbol}`, `trades.${symbol}`];
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
