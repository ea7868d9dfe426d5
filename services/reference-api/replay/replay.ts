import { setImmediate } from 'node:timers/promises';
import { MOST_DAYS, dayOf } from './bar-pages';
import type { History } from './history';
import { ReplayClock } from './replay-clock';
import { DAY_MS, type Interval, INTERVALS } from '../../adapters/candles/candle';
import type { IndexedDay } from '../../adapters/candles/candle-index';
import type { Gap } from '../../adapters/candles/candle-reader';
import type { PackedBars } from '../../adapters/candles/packed-bars';
import { ApiError } from '../http/errors';

/** What is replayed, and how fast. */
export interface ReplayRequest {
  readonly symbol: string;
  readonly interval: Interval;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Default: the end of what the index has, as far as a range may go. */
  readonly to?: number;
  /** Seconds of the past in a second, or as fast as the client takes it. */
  readonly speed: number | 'max';
}

/** Who gets a replay. */
export interface ReplaySink {
  /** Sends bars, a JSON list; resolves when the client has taken them, with false when there is no client any more. */
  bars(json: string): Promise<boolean>;
  gap(gap: Gap): void;
  /** Whether this task cannot keep up, so that what is no order has to wait. */
  isBusy(): boolean;
}

/** How far a replay came. */
export interface ReplayEnd {
  readonly reason: 'end' | 'stopped';
  readonly bars: number;
  /** Where another one would go on. */
  readonly next: number;
}

/** Bars that are sent together at most: about 16 kB, of which one lot is on its way at a time. */
const LOT = 100;
/** A client that takes longer for a lot stops the clock; shorter waits are caught up with. */
const STALL_MS = 1_000;
/** Wait of a replay while the task cannot keep up. */
const BUSY_MS = 250;

/** One replay. A bar is told when it would have been complete; what the client has not taken yet holds up what follows. */
export class Replay {
  private readonly clock: ReplayClock;
  private paused = false;
  private stopped = false;
  private wake: () => void = () => undefined;
  private sent = 0;
  private next: number;

  constructor(private readonly request: ReplayRequest, private readonly history: History, private readonly sink: ReplaySink) {
    this.next = request.from;
    this.clock = new ReplayClock(request.from, request.speed === 'max' ? Infinity : request.speed);
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(): void {
    this.paused = true;
    this.clock.stop();
    this.wake();
  }

  resume(): void {
    this.paused = false;
    this.clock.start();
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.wake();
  }

  get position(): number {
    return this.next;
  }

  get bars(): number {
    return this.sent;
  }

  /**
   * Plays to the end, or until it is stopped.
   *
   * @throws ApiError 404 when there is nothing of the symbol in the range, 503 when the history cannot be read
   */
  async run(): Promise<ReplayEnd> {
    const { symbol, from, interval } = this.request;
    const most = from + MOST_DAYS * DAY_MS;
    const days = await this.history.days(symbol, dayOf(from), dayOf((this.request.to ?? most) - 1));
    if (days.size === 0) throw new ApiError(404, 'no_bars', 'The index has no day of this symbol in this range.');
    const to = this.request.to ?? Math.min(most, Math.max(...days.keys()) + DAY_MS);
    let wasPlayed = true;
    this.clock.jump(from);
    for (let day = dayOf(from); day < to && !this.stopped; day += DAY_MS) {
      const bars = await this.read(symbol, day, days.get(day), interval);
      // Nobody wants to wait for a day that cannot be played.
      if (bars && !wasPlayed) this.clock.jump(day);
      wasPlayed = bars !== undefined;
      if (bars) await this.play(bars, to);
      if (!this.stopped) this.next = Math.min(to, day + DAY_MS);
    }
    return { reason: this.stopped ? 'stopped' : 'end', bars: this.sent, next: this.next };
  }

  private async read(symbol: string, day: number, known: IndexedDay | undefined, interval: Interval): Promise<PackedBars | undefined> {
    const { bars, gap } = await this.history.day(symbol, day, known, interval);
    if (gap && !this.stopped) this.sink.gap(gap);
    return bars;
  }

  private async play(bars: PackedBars, to: number): Promise<void> {
    const length = INTERVALS[this.request.interval];
    const end = bars.indexOf(to);
    for (let at = bars.indexOf(this.request.from); at < end && !this.stopped;) {
      const wait = this.paused ? Infinity : this.clock.waitFor(bars.time(at) + length);
      if (wait > 0) {
        await this.sleep(wait);
        continue;
      }
      if (this.sink.isBusy()) {
        await this.standStill();
        continue;
      }
      let following = at + 1;
      while (following < end && following - at < LOT && this.clock.waitFor(bars.time(following) + length) === 0) following++;
      if (!await this.send(bars.json(at, following))) return;
      this.sent += following - at;
      this.next = bars.time(following - 1) + length;
      at = following;
    }
  }

  private async send(json: string): Promise<boolean> {
    const stall = setTimeout(() => this.clock.stop(), STALL_MS);
    const taken = await this.sink.bars(json);
    clearTimeout(stall);
    if (!this.paused) this.clock.start();
    if (!taken) this.stopped = true;
    // A client that takes everything at once must not keep others waiting.
    await setImmediate();
    return taken;
  }

  private async standStill(): Promise<void> {
    this.clock.stop();
    await this.sleep(BUSY_MS);
    if (!this.paused) this.clock.start();
  }

  /** Waits, at most until something is asked of the replay. */
  private async sleep(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (ms < Infinity) timer = setTimeout(resolve, Math.min(Math.ceil(ms), DAY_MS));
    });
    clearTimeout(timer);
  }
}
