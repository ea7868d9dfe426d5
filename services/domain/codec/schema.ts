/** A message is a list of typed fields; one description both writes and reads it, so the two cannot drift apart. */
import { ACCOUNT_KINDS, ORDER_TYPES, SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE, TRADING_STATES } from '../command';
import { CorruptDataError } from '../errors';
import { bytesToUuid, uuidToBytes } from '../ids';
import type { InstrumentSpec } from '../instrument';
import { CANCEL_REASONS, REJECTIONS } from '../rejection';
import type { ByteReader, ByteWriter } from './bytes';

export interface FieldCodec<T> {
  write(out: ByteWriter, value: T): void;
  read(from: ByteReader): T;
}

export const u16: FieldCodec<number> = { write: (out, v) => out.u16(v), read: (from) => from.u16() };
export const u53: FieldCodec<number> = { write: (out, v) => out.u53(v), read: (from) => from.u53() };
export const text: FieldCodec<string> = { write: (out, v) => out.text(v), read: (from) => from.text() };
export const uuid: FieldCodec<string> = { write: (out, v) => out.bytes(uuidToBytes(v)), read: (from) => bytesToUuid(from.bytes(16)) };
export const flag: FieldCodec<boolean> = {
  write: (out, v) => out.u8(v ? 1 : 0),
  read: (from) => {
    const byte = from.u8();
    if (byte > 1) throw new CorruptDataError(`${byte} is neither 0 nor 1`);
    return byte === 1;
  },
};
/** A whole number of either sign. */
export const i54: FieldCodec<number> = {
  write: (out, v) => {
    out.u8(v < 0 ? 1 : 0);
    out.u53(Math.abs(v));
  },
  read: (from) => (flag.read(from) ? -from.u53() : from.u53()),
};
/** 32 hex digits. */
export const digest: FieldCodec<string> = {
  write: (out, v) => {
    const bytes = Buffer.from(v, 'hex');
    if (bytes.length !== 16) throw new RangeError(`a digest has 32 hex digits, got ${JSON.stringify(v)}`);
    out.bytes(bytes);
  },
  read: (from) => from.bytes(16).toString('hex'),
};
/** Rare and small, so its text form serves. */
export const instrument: FieldCodec<InstrumentSpec> = {
  write: (out, v) => out.text(JSON.stringify(v)),
  read: (from) => {
    const json = from.text();
    try {
      return JSON.parse(json) as InstrumentSpec;
    } catch {
      throw new CorruptDataError('an instrument is not JSON');
    }
  },
};

/** One of a list of names, as its position. */
export function oneOf<T extends string>(names: readonly T[]): FieldCodec<T> {
  return {
    write: (out, v) => {
      const code = names.indexOf(v);
      if (code < 0) throw new RangeError(`${JSON.stringify(v)} is none of ${names.join(', ')}`);
      out.u8(code);
    },
    read: (from) => {
      const code = from.u8();
      if (code >= names.length) throw new CorruptDataError(`code ${code} is none of ${names.join(', ')}`);
      return names[code];
    },
  };
}

export const direction = oneOf(['out', 'in'] as const);
export const side = oneOf(['buy', 'sell'] as const);
export const orderType = oneOf(ORDER_TYPES);
export const timeInForce = oneOf(TIMES_IN_FORCE);
export const selfTradePrevention = oneOf(SELF_TRADE_PREVENTIONS);
export const tradingState = oneOf(TRADING_STATES);
export const accountKind = oneOf(ACCOUNT_KINDS);
export const rejection = oneOf(REJECTIONS);
export const cancelReason = oneOf(CANCEL_REASONS);

/** The fields of a message, all but its `type`. */
export type Fields<T> = { readonly [K in Exclude<keyof T, 'type'>]: FieldCodec<T[K]> };

/** Any number of things of the same fields, each with all of them. */
export function listOf<T extends object>(fields: { readonly [K in keyof T]: FieldCodec<T[K]> }): FieldCodec<readonly T[]> {
  const all = Object.entries(fields) as [keyof T & string, FieldCodec<T[keyof T]>][];
  return {
    write: (out, values) => {
      out.u16(values.length);
      for (const value of values) for (const [name, codec] of all) codec.write(out, value[name]);
    },
    read: (from) => Array.from({ length: from.u16() }, () => Object.fromEntries(all.map(([name, codec]) => [name, codec.read(from)])) as T),
  };
}

/** A message as it was written before it had all of its fields: the fields that it had, and what the others are then. */
export interface EarlierForm {
  readonly fields: Readonly<Record<string, FieldCodec<unknown>>>;
  readonly complete: (message: Record<string, unknown>) => object;
}

interface Entry {
  readonly code: number;
  readonly type: string;
  readonly fields: readonly (readonly [string, FieldCodec<unknown>])[];
  readonly complete?: EarlierForm['complete'];
}

/**
 * A codec for a union of messages that their `type` tells apart. The position in `messages` is the code on the wire; that of a message that
 * got more fields stays with its earlier form, which is still read, and the codes of the new forms follow; behind those come messages that are
 * newer still.
 */
export class UnionCodec<T extends { readonly type: string }, L extends T['type'] = never> {
  private readonly byType = new Map<string, Entry>();
  private readonly byCode: Entry[] = [];

  /**
   * @param messages the fields of each message; `undefined` reserves the code of one that is written elsewhere
   * @param earlier earlier forms, by type; the order of the keys is the order of the codes of the new forms, append only
   * @param later messages that came after those forms; closed as soon as one of all gets a new form again
   */
  constructor(
    private readonly what: string, messages: { readonly [K in Exclude<T['type'], L>]: Partial<Fields<Extract<T, { type: K }>>> | undefined },
    earlier: { readonly [K in Exclude<T['type'], L>]?: EarlierForm } = {},
    later?: { readonly [K in L]: Partial<Fields<Extract<T, { type: K }>>> },
  ) {
    const all = messages as Record<string, Record<string, FieldCodec<unknown>> | undefined>;
    const before = earlier as Record<string, EarlierForm | undefined>;
    for (const type of Object.keys(all)) {
      const form = before[type];
      const entry = { code: this.byCode.length, type, fields: Object.entries(form?.fields ?? all[type] ?? {}), complete: form?.complete };
      if (all[type] !== undefined) this.byType.set(type, entry);
      this.byCode.push(entry);
    }
    for (const type of Object.keys(before)) {
      const entry = { code: this.byCode.length, type, fields: Object.entries(all[type] ?? {}) };
      this.byType.set(type, entry);
      this.byCode.push(entry);
    }
    for (const [type, fields] of Object.entries<object>(later ?? {})) {
      const entry = { code: this.byCode.length, type, fields: Object.entries<FieldCodec<unknown>>(fields as Record<string, FieldCodec<unknown>>) };
      this.byType.set(type, entry);
      this.byCode.push(entry);
    }
  }

  codeOf(message: T): number {
    return this.entry(message).code;
  }

  writeFields(out: ByteWriter, message: T): void {
    const values = message as unknown as Record<string, unknown>;
    for (const [name, codec] of this.entry(message).fields) codec.write(out, values[name]);
  }

  write(out: ByteWriter, message: T): void {
    out.u8(this.codeOf(message));
    this.writeFields(out, message);
  }

  /** Reads what follows the code; `known` are fields that stood elsewhere. */
  readFields(from: ByteReader, code: number, known: object = {}): T {
    const entry = this.byCode[code];
    if (!entry || !this.byType.has(entry.type)) throw new CorruptDataError(`code ${code} is no ${this.what}`);
    const message: Record<string, unknown> = { type: entry.type, ...known };
    for (const [name, codec] of entry.fields) message[name] = codec.read(from);
    return { ...message, ...entry.complete?.(message) } as unknown as T;
  }

  read(from: ByteReader): T {
    return this.readFields(from, from.u8());
  }

  private entry(message: T): Entry {
    const entry = this.byType.get(message.type);
    if (!entry) throw new RangeError(`unknown ${this.what} ${JSON.stringify(message.type)}`);
    return entry;
  }
}
