import type { ClientBase } from 'pg';
import { defineInstrument, formatDecimal, type Instrument, type InstrumentSpec } from '../../domain';

/** What ticks, lots and smallest units are worth, as the ledger has it. */
export class Instruments {
  private readonly bySymbol: ReadonlyMap<string, Instrument>;
  private readonly decimals = new Map<string, number>();

  constructor(specs: readonly InstrumentSpec[]) {
    this.bySymbol = new Map(specs.map((spec) => [spec.symbol, defineInstrument(spec)]));
    for (const { base, quote } of specs) for (const { code, decimals } of [base, quote]) this.decimals.set(code, decimals);
  }

  static async load(client: ClientBase): Promise<Instruments> {
    const { rows } = await client.query<{ spec: InstrumentSpec }>('SELECT spec FROM ledger.instruments');
    return new Instruments(rows.map(({ spec }) => spec));
  }

  /** Undefined for a symbol that never was: a rejected order may name one. */
  find(symbol: string): Instrument | undefined {
    return this.bySymbol.get(symbol);
  }

  /** @throws Error for a symbol that is not in the ledger */
  get(symbol: string): Instrument {
    const instrument = this.bySymbol.get(symbol);
    if (!instrument) throw new Error(`the ledger has no instrument ${symbol}`);
    return instrument;
  }

  /** Smallest units of an asset as a decimal. @throws Error for an asset that no instrument trades */
  amount(asset: string, units: number): string {
    const decimals = this.decimals.get(asset);
    if (decimals === undefined) throw new Error(`no instrument of the ledger trades ${asset}`);
    return formatDecimal(units, decimals);
  }
}
