import { randomFillSync } from 'node:crypto';
import { CorruptDataError } from './errors';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The account on the other side of every deposit: what the world outside holds. Its balance is the negative of all others. */
export const EXTERNAL_ACCOUNT = '00000000-0000-0000-0000-000000000000';

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function uuidToBytes(text: string): Uint8Array {
  if (!UUID.test(text)) throw new CorruptDataError(`${JSON.stringify(text)} is not a lower-case UUID`);
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}

export function bytesToUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new order id: UUID version 7 (RFC 9562), so that ids sort by the time at which they were made. */
export function newOrderId(nowMs: number = Date.now()): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytesToUuid(bytes);
}
