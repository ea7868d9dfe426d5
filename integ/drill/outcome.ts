import type { HttpAnswer } from '../../bench/lib/http-client';
import type { Outcome } from '../judge/history';

/** Nothing reached anybody: there was no connection. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What the API says when it took nothing. */
const TOOK_NOTHING = new Set(['overloaded']);

/** What an answer to an order, or its absence, says of the order. Only what certainly had no effect is a failure. */
export function outcomeOf(answer: HttpAnswer | Error): { readonly outcome: Outcome; readonly orderId?: string } {
  if (answer instanceof Error) return { outcome: NOT_CONNECTED.has((answer as NodeJS.ErrnoException).code ?? '') ? 'fail' : 'unknown' };
  const body = parsed(answer.body);
  if (answer.status === 202) return body?.orderId === undefined ? { outcome: 'unknown' } : { outcome: 'ok', orderId: String(body.orderId) };
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) return { outcome: 'fail' };
  return { outcome: answer.status === 503 && (TOOK_NOTHING.has(String(body?.code)) || body?.outcome === 'refused') ? 'fail' : 'unknown' };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A page of the load balancer: nobody knows how far the request came.
    return undefined;
  }
}
