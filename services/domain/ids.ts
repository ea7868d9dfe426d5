import { randomFillSync } from 'node:crypto';
import { CorruptDataError } from './errors';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The account on the other side of every deposit: what the world outside holds. Its balance is the negative of all others. */
export const EXTERNAL_ACCOUNT = '00000000-0000-0000-0000-000000000000';

/** The account that the venue's fees are paid to. */
export const FEE_ACCOUNT = '00000000-0000-0000-0000-000000000001';

/** No id: "every account", "no list". */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

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

/** Random bytes of 256 ids: asking the system for those of each is most of what an id costs. */
const pool = Buffer.alloc(256 * 16);
let used = pool.length;

function randomBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return Buffer.from(pool.subarray(used, used += 16));
}

let lastMs = 0;
let counter = 0;

/**
 * A new id for an order, a list or an amendment: UUID version 7 (RFC 9562, method 1: a counter behind the milliseconds), so that ids
 * of one process sort in the order in which they were made. The core relies on that for amendments.
 *
 * @param partition written into the last 16 bits, of which the RFC asks nothing; 36 random ones stay beside the counter's 22
 */
export function newOrderId(nowMs: number = Date.now(), partition?: number): string {
  const bytes = randomBytes();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The top bit stays free, so that the counter cannot run over soon.
    counter = bytes.readUInt32BE(6) >>> 8 & 0x1f_ffff;
  } else if (++counter > 0x3f_ffff) {
    lastMs += 1;
    counter = 0;
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes[6] = 0x70 | counter >>> 18;
  bytes[7] = counter >>> 10 & 0xff;
  bytes[8] = 0x80 | counter >>> 4 & 0x3f;
  bytes[9] = (counter & 0x0f) << 4 | bytes[9] & 0x0f;
  if (partition !== undefined) bytes.writeUInt16BE(partition, 14);
  return bytesToUuid(bytes);
}
