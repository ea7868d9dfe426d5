/** Who signed a request, and when. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { BinanceError, illegal, missing } from './errors';
import type { Params } from './params';

const USUAL_WINDOW_MS = 5_000;
const WIDEST_WINDOW_MS = 60_000;
/** How far a client's clock may be ahead of ours. */
const AHEAD_MS = 1_000;
const HEX = /^[0-9a-fA-F]{64}$/;

/** The text that a request over HTTP is signed over: its query and its body exactly as they came, without the signature. */
export function signedText(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body);
}

function withoutSignature(form: string): string {
  if (!form.includes('signature=')) return form;
  return form.split('&').filter((part) => !part.startsWith('signature=')).join('&');
}

/** The text that a WebSocket request is signed over: its parameters in alphabetical order. */
export function signedParams(params: Readonly<Record<string, unknown>>): string {
  return Object.keys(params).filter((name) => name !== 'signature').sort().map((name) => `${name}=${String(params[name])}`).join('&');
}

/** @throws BinanceError -1022, -1102 */
export function checkSignature(text: string, signature: string | undefined, secret: string): void {
  if (signature === undefined) throw missing('signature');
  const expected = createHmac('sha256', secret).update(text).digest();
  // Of the same length always, so that the comparison takes the same time whatever was sent.
  const sent = HEX.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(expected.length);
  if (!timingSafeEqual(sent, expected) || !HEX.test(signature)) throw new BinanceError(-1022, 'Signature for this request is not valid.');
}

/** Refuses what was signed too long ago, or lies ahead. @throws BinanceError -1021, -1102, -1100, -1131 */
export function checkTime(params: Params, now = Date.now()): void {
  const timestamp = params.whole('timestamp');
  if (timestamp === undefined) throw missing('timestamp');
  const window = params.text('recvWindow') === undefined ? USUAL_WINDOW_MS : Number(params.text('recvWindow'));
  if (!Number.isFinite(window) || window < 0) throw illegal('recvWindow');
  if (window > WIDEST_WINDOW_MS) throw new BinanceError(-1131, 'recvWindow must be less than 60000.');
  if (timestamp >= now + AHEAD_MS) throw new BinanceError(-1021, 'Timestamp for this request was 1000ms ahead of the server\'s time.');
  if (now - timestamp > window) throw new BinanceError(-1021, 'Timestamp for this request is outside of the recvWindow.');
}
