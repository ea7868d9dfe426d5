/** A message is a list of typed fields; one description both writes and reads it, so the two cannot drift apart. */
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

export const side = oneOf(['buy', 'sell'] as const);
export const orderType = oneOf(['limit', 'market'] as const);
export const timeInForce = oneOf(['gtc', 'ioc'] as const);
export const rejection = oneOf(REJECTIONS);
export const cancelReason = oneOf(CANCEL_REASONS);

/** The fields of a message, all but its `type`. */
export type Fields<T> = { readonly [K in Exclude<keyof T, 'type'>]: FieldCodec<T[K]> };

/** A codec for a union of messages that their `type` tells apart. The position in `order` is the code on the wire. */
export class UnionCodec<T extends { readonly type: string }> {
  private readonly byType = new Map<string, { code: number; fields: [string, FieldCodec<unknown>][] }>();
  private readonly byCode: { type: string; fields: [string, FieldCodec<unknown>][] }[] = [];

  constructor(private readonly what: string, messages: { readonly [K in T['type']]: Fields<Extract<T, { type: K }>> }) {
    for (const [type, fields] of Object.entries(messages)) {
      const list = Object.entries(fields as Record<string, FieldCodec<unknown>>);
      this.byType.set(type, { code: this.byCode.length, fields: list });
      this.byCode.push({ type, fields: list });
    }
  }

  write(out: ByteWriter, message: T): void {
    const entry = this.byType.get(message.type);
    if (!entry) throw new RangeError(`unknown ${this.what} ${JSON.stringify(message.type)}`);
    out.u8(entry.code);
    const values = message as unknown as Record<string, unknown>;
    for (const [name, codec] of entry.fields) codec.write(out, values[name]);
  }

  read(from: ByteReader): T {
    const code = from.u8();
    const entry = this.byCode[code];
    if (!entry) throw new CorruptDataError(`code ${code} is no ${this.what}`);
    const message: Record<string, unknown> = { type: entry.type };
    for (const [name, codec] of entry.fields) message[name] = codec.read(from);
    return message as unknown as T;
  }
}
