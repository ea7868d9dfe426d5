import { type OrderUpdate, ordersChannel } from '../../domain';
import type { Logger } from '../../runtime';
import type { Hub } from '../ws/hub';
import type { TopicRef } from '../ws/protocol';
import type { Sink } from '../ws/topic';

/** Milliseconds for which an account is listened to after its last question: the next one often follows at once. */
const LINGER_MS = 15_000;
/** Milliseconds in which what follows from a verdict, such as its fills, is awaited as well. */
const SETTLE_MS = 10;

/** Hears what the core says to one account. */
class Ear implements Sink {
  /** Requests that listen. */
  readonly listeners = new Set<(update: OrderUpdate) => void>();
  ready: Promise<void> = Promise.resolve();
  timer: NodeJS.Timeout | undefined;

  deliver(_topic: TopicRef, frame: Buffer): void {
    if (this.listeners.size === 0) return;
    const { data } = JSON.parse(frame.toString()) as { data: OrderUpdate | readonly OrderUpdate[] };
    for (const update of [data].flat() as OrderUpdate[]) for (const listener of this.listeners) listener(update);
  }
}

/** A request that listens from before its command is in the journal. */
export interface Listening {
  /** What came, in order, that fits; ends with the first that `isLast` says is one, and a moment for what follows from it. */
  collect(fits: (update: OrderUpdate) => boolean, isLast: (update: OrderUpdate) => boolean, waitMs: number): Promise<readonly OrderUpdate[]>;
  /**
   * The same for several orders at once, by their ids: ends when each has its last, or the time is over.
   *
   * @returns what came of those that have theirs; the others are missing
   */
  gather(isLast: ReadonlyMap<string, (update: OrderUpdate) => boolean>, waitMs: number): Promise<ReadonlyMap<string, readonly OrderUpdate[]>>;
  end(): void;
}

/** Lets requests wait for what the core makes of their commands: it tells the account, and whoever asked reads along. */
export class Verdicts {
  private readonly ears = new Map<string, Ear>();

  constructor(private readonly hub: Hub, private readonly logger: Logger) {}

  stop(): void {
    for (const [accountId, ear] of this.ears) {
      clearTimeout(ear.timer);
      this.hub.leave(ordersChannel(accountId), ear);
    }
    this.ears.clear();
  }

  /** Begins to listen. Without the cache nothing will be heard, and the request is answered as if nobody had waited. */
  async listen(accountId: string): Promise<Listening> {
    const ear = this.earOf(accountId);
    const heard: OrderUpdate[] = [];
    let wake: () => void = () => undefined;
    const listener = (update: OrderUpdate): void => {
      heard.push(update);
      wake();
    };
    ear.listeners.add(listener);
    await ear.ready;
    /** @returns whether it came to that in time, and a moment passed for what follows */
    const until = async (holds: () => boolean, waitMs: number): Promise<boolean> => {
      const deadline = performance.now() + waitMs;
      while (!holds()) {
        const left = deadline - performance.now();
        if (left <= 0) return false;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return true;
    };
    return {
      collect: async (fits, isLast, waitMs) => {
        const mine = (): OrderUpdate[] => heard.filter(fits);
        return await until(() => mine().some(isLast), waitMs) ? mine() : [];
      },
      gather: async (isLast, waitMs) => {
        const settled = (): string[] => [...new Set(heard.filter((update) => isLast.get(update.orderId)?.(update)).map(({ orderId }) => orderId))];
        await until(() => settled().length === isLast.size, waitMs);
        return new Map(settled().map((id) => [id, heard.filter(({ orderId }) => orderId === id)]));
      },
      end: () => {
        ear.listeners.delete(listener);
        this.linger(accountId, ear);
      },
    };
  }

  private earOf(accountId: string): Ear {
    let ear = this.ears.get(accountId);
    if (!ear) {
      const made = new Ear();
      this.ears.set(accountId, ear = made);
      made.ready = this.hub.join({ name: 'orders', channel: ordersChannel(accountId), kind: 'complete' }, made, () => this.ears.get(accountId) === made)
        .then(() => undefined, (error: unknown) => {
          this.logger.warn({ err: error }, 'verdicts cannot be heard');
          // The next request tries again.
          if (this.ears.get(accountId) === made) this.ears.delete(accountId);
        });
    }
    clearTimeout(ear.timer);
    return ear;
  }

  private linger(accountId: string, ear: Ear): void {
    if (ear.listeners.size > 0) return;
    clearTimeout(ear.timer);
    ear.timer = setTimeout(() => {
      if (ear.listeners.size > 0 || this.ears.get(accountId) !== ear) return;
      this.ears.delete(accountId);
      this.hub.leave(ordersChannel(accountId), ear);
    }, LINGER_MS).unref();
  }
}
