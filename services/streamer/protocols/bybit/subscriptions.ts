/** Most topics that Bybit takes in one request on spot. */
export const MAX_TOPICS = 10;

/** A request that subscribes, ready to be sent. */
export interface SubscribeRequest {
  readonly id: string;
  readonly topics: readonly string[];
}

/** What follows from an answer. */
export interface AnswerEffect {
  /** Requests to send now. */
  readonly requests: readonly SubscribeRequest[];
  /** A topic that the exchange refuses on its own. */
  readonly refused?: string;
}

/**
 * Keeps track of the requests of one connection. The exchange refuses a request as a whole for one bad topic, so a refused
 * request is halved and sent again until the bad topic stands alone.
 */
export class Subscriptions {
  private readonly pending = new Map<string, { readonly topics: readonly string[]; readonly since: number }>();
  private count = 0;

  constructor(private readonly now: () => number) {}

  /** The requests for these topics, `MAX_TOPICS` at a time. */
  request(topics: readonly string[]): SubscribeRequest[] {
    const requests: SubscribeRequest[] = [];
    for (let i = 0; i < topics.length; i += MAX_TOPICS) requests.push(this.open(topics.slice(i, i + MAX_TOPICS)));
    return requests;
  }

  /** Takes the answer to a request. An answer to something else has no effect. */
  answer(id: string, success: boolean, message: string): AnswerEffect {
    const request = this.pending.get(id);
    this.pending.delete(id);
    if (!request || success) return { requests: [] };
    const { topics } = request;
    if (topics.length > 1) {
      const half = Math.ceil(topics.length / 2);
      return { requests: [this.open(topics.slice(0, half)), this.open(topics.slice(half))] };
    }
    // A topic that flows already is what we want.
    return message.includes('already subscribed') ? { requests: [] } : { requests: [], refused: topics[0] };
  }

  /** Milliseconds for which the oldest request has had no answer; 0 when there is none. */
  waitingMs(): number {
    const [oldest] = this.pending.values();
    return oldest ? this.now() - oldest.since : 0;
  }

  private open(topics: readonly string[]): SubscribeRequest {
    const id = `s${++this.count}`;
    this.pending.set(id, { topics, since: this.now() });
    return { id, topics };
  }
}
