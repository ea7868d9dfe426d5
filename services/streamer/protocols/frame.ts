/** Reading frames of any exchange: field by field and by name, nothing trusted. */

/** A frame that is not what the protocol says; `kind` groups those with the same fault. */
export class MalformedFrameError extends Error {
  constructor(readonly kind: string, message: string) {
    super(message);
    this.name = 'MalformedFrameError';
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** A positive decimal as exchanges write prices and sizes. */
const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value);
}

/** The object that a text frame holds. @throws MalformedFrameError when it holds none */
export function readObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedFrameError('not_json', `a frame is not JSON: ${excerpt(text)}`);
  }
  if (!isObject(value)) throw new MalformedFrameError('not_an_object', `a frame is not an object: ${excerpt(text)}`);
  return value;
}

/** Milliseconds since 1970, from a number or the same as text; undefined when it is neither. */
export function readTime(value: unknown): number | undefined {
  const time = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : undefined;
}

/** A side of a book, best first: pairs of price and size as decimals. */
export function isLevels(value: unknown): value is readonly (readonly [string, string])[] {
  return Array.isArray(value) && value.every((level: unknown) => (
    Array.isArray(level) && level.length >= 2 && isDecimal(level[0]) && isDecimal(level[1])));
}

/**
 * The decimals of a frame under our names; what is absent or empty is left out.
 *
 * @param names our name → the exchange's
 * @throws MalformedFrameError when a field is there and is no decimal
 */
export function readDecimals<Name extends string>(
  data: Fields, names: Readonly<Record<Name, string>>, kind: string, text: string,
): Partial<Record<Name, string>> {
  const read: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(names) as Name[]) {
    const field = data[names[name]];
    if (field === undefined || field === '') continue;
    if (!isDecimal(field)) throw new MalformedFrameError(kind, `a ${kind} frame has a ${names[name]} that is no decimal: ${excerpt(text)}`);
    read[name] = field;
  }
  return read;
}

export function excerpt(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
