import type { Redis } from 'ioredis';
import { type Asset, defineInstrument, DomainError, type Instrument, INSTRUMENTS_CHANNEL, INSTRUMENTS_KEY, type InstrumentSpec } from '../../domain';
import type { Logger } from '../../runtime';
import { unavailable } from '../http/errors';

export interface CatalogOptions {
  readonly cache: Redis;
  /** Connection in subscriber mode; hears of changes. */
  readonly subscriber: Redis;
  /** What the ledger has, for when the cache has nothing. */
  readonly fallback: () => Promise<readonly InstrumentSpec[]>;
  readonly logger: Logger;
  /** Milliseconds between two regular looks; while nothing is known, a hundredth of it. */
  readonly refreshMs?: number;
}

/** The instruments that can be traded, as the matcher published them. Learns of new ones while it runs. */
export class InstrumentCatalog {
  private readonly bySymbol = new Map<string, Instrument>();
  private readonly assets = new Map<string, Asset>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: CatalogOptions) {}

  /** Loads what is known and keeps looking, in the background. */
  start(): void {
    const { subscriber } = this.options;
    subscriber.on('message', (channel: string) => {
      if (channel === INSTRUMENTS_CHANNEL) void this.refresh();
    });
    subscriber.subscribe(INSTRUMENTS_CHANNEL).catch(() => undefined);
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  get size(): number {
    return this.bySymbol.size;
  }

  /** All instruments, by symbol. */
  list(): Instrument[] {
    return [...this.bySymbol.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  get(symbol: string): Instrument | undefined {
    return this.bySymbol.get(symbol);
  }

  /** @throws DomainError `unknown_symbol`; ApiError `instruments_unavailable` while nothing is known, which says nothing of the symbol */
  require(symbol: string): Instrument {
    const instrument = this.bySymbol.get(symbol);
    if (!instrument) this.assertLoaded();
    if (!instrument) throw new DomainError('unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.', { field: 'symbol' });
    return instrument;
  }

  /** @throws DomainError `unknown_asset`; ApiError `instruments_unavailable` while nothing is known */
  requireAsset(code: string): Asset {
    const asset = this.assets.get(code);
    if (!asset) this.assertLoaded();
    if (!asset) throw new DomainError('unknown_asset', 'No instrument trades such an asset.', { field: 'asset' });
    return asset;
  }

  /** Looks once. Never fails: what is known stays. */
  async refresh(): Promise<void> {
    const { cache, fallback, logger } = this.options;
    const cached = await cache.hgetall(INSTRUMENTS_KEY).catch(() => ({}));
    let specs: InstrumentSpec[] = [];
    for (const [symbol, json] of Object.entries(cached)) {
      try {
        specs.push(JSON.parse(json) as InstrumentSpec);
      } catch {
        logger.warn({ symbol }, 'an instrument in the cache is not JSON');
      }
    }
    if (specs.length === 0) specs = [...await fallback().catch(() => [])];
    for (const spec of specs) this.learn(spec);
  }

  /** A task that has just started must not refuse for good what another one would take. */
  private assertLoaded(): void {
    if (this.size === 0) throw unavailable('instruments_unavailable', 'The instruments are not known here yet. Try again in a moment.');
  }

  private learn(spec: InstrumentSpec): void {
    if (spec.version <= (this.bySymbol.get(spec.symbol)?.version ?? 0)) return;
    try {
      const instrument = defineInstrument(spec);
      this.bySymbol.set(instrument.symbol, instrument);
      for (const asset of [instrument.base, instrument.quote]) this.assets.set(asset.code, asset);
    } catch (error) {
      this.options.logger.warn({ reason: (error as Error).message }, 'an instrument cannot be used');
    }
  }

  private async loop(): Promise<void> {
    await this.refresh();
    const { refreshMs = 20_000 } = this.options;
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.size > 0 ? refreshMs : refreshMs / 100).unref();
  }
}
