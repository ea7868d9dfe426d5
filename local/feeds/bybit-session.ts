import { randomUUID } from 'node:crypto';
import type { FeedReply, FeedRequest, FeedSession } from './dialect';

/** Most topics that one spot request may name. */
const MAX_ARGS = 10;
/** Most characters that the topics of one request may have together. */
const MAX_ARGS_CHARACTERS = 21_000;
const SPOT_TOPIC = /^(tickers|publicTrade|orderbook\.(?:1|50))\.([^.]+)$/;

/** One client's side of Bybit's public spot protocol: which topics it has, and what it is answered. */
export class BybitSession implements FeedSession {
  readonly topics = new Set<string>();
  private readonly connectionId = randomUUID();

  constructor(private readonly symbols: ReadonlySet<string>) {}

  /** Answers one text frame of the client. A request with one bad topic is refused as a whole. */
  handle(text: string): FeedReply {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    if (typeof parsed !== 'object' || parsed === null) {
      return this.refuse({ op: '', args: [] }, '', 'Failed to decode incoming data: a JSON object is expected');
    }
    const fields = parsed as Record<string, unknown>;
    const requestId = typeof fields.req_id === 'string' ? fields.req_id : '';
    const op = typeof fields.op === 'string' ? fields.op : '';
    const args = Array.isArray(fields.args) ? fields.args.map(String) : [];
    const request = { op, args };
    // On spot the answer to a ping carries the op of the request.
    if (op === 'ping') return { request, answers: [this.answer(true, 'pong', requestId, 'ping')], started: [] };
    if (op !== 'subscribe' && op !== 'unsubscribe') return this.refuse(request, requestId, 'error:invalid op');
    const problem = this.problemOf(op, args);
    if (problem) return this.refuse(request, requestId, problem);
    for (const topic of args) {
      if (op === 'subscribe') this.topics.add(topic);
      else this.topics.delete(topic);
    }
    return { request, answers: [this.answer(true, op, requestId, op)], started: op === 'subscribe' ? args : [] };
  }

  private problemOf(op: string, args: readonly string[]): string | undefined {
    if (args.length === 0) return 'args is empty';
    if (args.length > MAX_ARGS) return `args size >${MAX_ARGS}`;
    if (args.join('').length > MAX_ARGS_CHARACTERS) return `args length >${MAX_ARGS_CHARACTERS}`;
    const seen = new Set<string>();
    for (const topic of args) {
      const match = SPOT_TOPIC.exec(topic);
      if (!match) return `error:handler not found,topic:${topic}`;
      if (!this.symbols.has(match[2])) return `Invalid symbol :[${topic}]`;
      if (op === 'subscribe' && (this.topics.has(topic) || seen.has(topic))) return `error:already subscribed,topic:${topic}`;
      seen.add(topic);
    }
    return undefined;
  }

  private refuse(request: FeedRequest, requestId: string, message: string): FeedReply {
    return { request, answers: [this.answer(false, message, requestId, request.op)], started: [] };
  }

  private answer(success: boolean, message: string, requestId: string, op: string): string {
    return JSON.stringify({ success, ret_msg: message, conn_id: this.connectionId, req_id: requestId, op });
  }
}
