/** Parameters of a request, from a query, a form or a WebSocket message. */
import { BinanceError, illegal, missing } from './errors';

/** Those that every request may have. */
const OF_ALL = ['timestamp', 'recvWindow', 'signature', 'apiKey', 'returnRateLimits'];
const MOST = 64;

/** What a request brought, as text; each reader says in Binance's words what is wrong. */
export class Params {
  constructor(private readonly values: ReadonlyMap<string, string>) {}

  /** Reads `a=1&b=2` from a query and a form. @throws BinanceError -1101 for a parameter that comes twice, -1100 for one that cannot be read */
  static ofForms(...forms: readonly string[]): Params {
    const values = new Map<string, string>();
    for (const form of forms) {
      if (form === '') continue;
      for (const [name, value] of new URLSearchParams(form)) {
        if (values.has(name)) throw new BinanceError(-1101, `Duplicate values for a parameter detected: '${name.slice(0, 40)}'.`);
        if (values.size >= MOST) throw new BinanceError(-1101, 'Too many parameters.');
        values.set(name, value);
      }
    }
    return new Params(values);
  }

  /** Reads the `params` of a WebSocket request. */
  static ofObject(given: Readonly<Record<string, unknown>>): Params {
    const entries = Object.entries(given);
    if (entries.length > MOST) throw new BinanceError(-1101, 'Too many parameters.');
    return new Params(new Map(entries.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [name, textOf(value)])));
  }

  /** Refuses what would be silently left out. @throws BinanceError -1104 */
  only(names: readonly string[]): this {
    for (const name of this.values.keys()) {
      if (names.includes(name) || OF_ALL.includes(name)) continue;
      throw new BinanceError(-1104, `Not all sent parameters were read; '${name.slice(0, 40)}' is not supported here.`);
    }
    return this;
  }

  /** Undefined when it was not sent, or was sent empty. */
  text(name: string): string | undefined {
    return this.values.get(name) || undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missing(name);
    return value;
  }

  /** One of a few words. @throws BinanceError with this code */
  oneOf<T extends string>(name: string, words: readonly T[], code = -1100): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!(words as readonly string[]).includes(value)) throw new BinanceError(code, OF_CODE[code] ?? `Illegal characters found in parameter '${name}'.`);
    return value as T;
  }

  /** A whole number that is not below zero. */
  whole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) throw illegal(name);
    return Number(value);
  }

  /** How many rows are wanted; more than the most are not an error. */
  limit(usual: number, most: number): number {
    const value = this.whole('limit') ?? usual;
    return Math.min(most, Math.max(1, value));
  }

  /** A decimal, which may end in zeros that say nothing: some programs send them. */
  decimal(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,20}(\.\d{1,20})?$/.test(value)) throw illegal(name);
    return value.includes('.') ? value.replace(/\.?0+$/, '').replace(/^0+(?=\d)/, '') : value.replace(/^0+(?=\d)/, '');
  }

  /** `["A","B"]`, as JSON text. */
  list(name: string): readonly string[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    let items: unknown;
    try {
      items = JSON.parse(value);
    } catch { /* said below */ }
    if (!Array.isArray(items) || items.length === 0 || items.length > 200 || !items.every((item) => typeof item === 'string')) throw illegal(name);
    return items as string[];
  }
}

const OF_CODE: Readonly<Record<number, string>> = { [-1115]: 'Invalid timeInForce.', [-1116]: 'Invalid orderType.', [-1117]: 'Invalid side.', [-1120]: 'Invalid interval.' };

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
