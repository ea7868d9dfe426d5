import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { healthDefinition, queryDefinition } from './definition';
import type { QueryBook, QueryOrdersPart, QueryPosition, QueryStateHash, ServingStatus } from './messages';
import { Breaker } from '../../runtime';

export interface MatcherQueryOptions {
  /** `host:port` of each matcher of the partition. */
  readonly endpoints: readonly string[];
  /** Longest wait for one matcher's answer, in milliseconds; default 400. */
  readonly timeoutMs?: number;
}

type Definition = typeof queryDefinition;

/**
 * Asks the matchers of a partition: whichever answers first in the order that worked last. The leader is preferred to nobody: a standby
 * that has caught up says the same.
 */
export class MatcherQuery {
  private readonly clients: Client[];
  private first = 0;
  private trouble: string | undefined;
  private readonly breaker = new Breaker({ name: 'the matchers', isFailure: isAway });

  constructor(private readonly options: MatcherQueryOptions) {
    // Inside the network, between two security groups that name each other.
    this.clients = options.endpoints.map((endpoint) => new Client(endpoint, credentials.createInsecure(), {
      'grpc.keepalive_time_ms': 30_000,
      'grpc.max_reconnect_backoff_ms': 5_000,
    }));
  }

  /** Why nobody answered the last question; undefined when somebody did or nothing was asked yet. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** @throws ServiceError when no matcher answers; NOT_FOUND for an unknown symbol */
  book(symbol: string, depth = 50): Promise<QueryBook> {
    return this.ask<QueryBook>((client) => this.unary(client, queryDefinition, 'GetBook', { symbol, depth }));
  }

  position(): Promise<QueryPosition> {
    return this.ask<QueryPosition>((client) => this.unary(client, queryDefinition, 'GetPosition', {}));
  }

  /** What every matcher that answers says of itself. */
  async positions(): Promise<readonly QueryPosition[]> {
    const all = await Promise.allSettled(this.clients.map((client) => this.unary<QueryPosition>(client, queryDefinition, 'GetPosition', {})));
    return all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  /** Newest behaviour that every matcher that answers knows; undefined when none answers. */
  async newestVersion(): Promise<number | undefined> {
    const positions = await this.positions();
    return positions.length === 0 ? undefined : Math.min(...positions.map(({ newestVersion }) => newestVersion));
  }

  stateHash(): Promise<QueryStateHash> {
    return this.ask<QueryStateHash>((client) => this.unary(client, queryDefinition, 'GetStateHash', {}, 10_000));
  }

  /** Every order of a symbol, at one sequence. */
  orders(symbol: string): Promise<QueryOrdersPart> {
    return this.ask((client) => this.collect(client, symbol));
  }

  health(): Promise<{ readonly status: ServingStatus }> {
    return this.ask<{ status: ServingStatus }>((client) => this.unary(client, healthDefinition, 'Check', { service: '' }));
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    return this.breaker.run(() => this.askEach(question));
  }

  private async askEach<T>(question: (client: Client) => Promise<T>): Promise<T> {
    let failure: unknown = new Error('no matcher is configured');
    for (let i = 0; i < this.clients.length; i++) {
      const at = (this.first + i) % this.clients.length;
      try {
        const answer = await question(this.clients[at]);
        this.first = at;
        this.trouble = undefined;
        return answer;
      } catch (error) {
        failure = error;
      }
    }
    this.trouble = failure instanceof Error ? failure.message : String(failure);
    throw failure;
  }

  private unary<T>(client: Client, definition: Definition, name: string, request: object, timeoutMs = this.options.timeoutMs ?? 400): Promise<T> {
    const { path, requestSerialize, responseDeserialize } = definition[name];
    return new Promise((resolve, reject) => {
      const deserialize = responseDeserialize as (bytes: Buffer) => T;
      const deadline = Date.now() + timeoutMs;
      client.makeUnaryRequest(path, requestSerialize, deserialize, request, { deadline }, (error: ServiceError | null, answer?: T) => {
        if (error || answer === undefined) reject(error ?? new Error('no answer'));
        else resolve(answer);
      });
    });
  }

  private async collect(client: Client, symbol: string): Promise<QueryOrdersPart> {
    const { path, requestSerialize, responseDeserialize } = queryDefinition.GetOrders;
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize as (bytes: Buffer) => QueryOrdersPart, { symbol }, {
      deadline: Date.now() + 30_000,
    });
    const parts: QueryOrdersPart[] = [];
    for await (const part of call) parts.push(part as QueryOrdersPart);
    return { seq: parts[0]?.seq ?? 0, resting: parts.flatMap(({ resting }) => resting), waiting: parts.flatMap(({ waiting }) => waiting) };
  }
}

/** A matcher that knows no such symbol, or is not ready yet, is there. */
function isAway(error: unknown): boolean {
  const { code } = error as Partial<ServiceError>;
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED;
}
