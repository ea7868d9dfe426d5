import { types, type CustomTypesConfig } from 'pg';

function toExactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond the 53 bits of a number; select it as text`);
  return value;
}

/** Reads 64-bit integers as numbers instead of text; all else as usual. */
export const exactIntegers: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => (
    oid === types.builtins.INT8 && format !== 'binary' ? toExactNumber : types.getTypeParser(oid, format)
  )) as CustomTypesConfig['getTypeParser'],
};
