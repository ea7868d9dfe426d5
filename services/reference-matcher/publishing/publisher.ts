import { setTimeout as sleep } from 'node:timers/promises';
import type { EventTraces } from './event-traces';
import type { Outbox } from './outbox';
import type { EventBus } from '../../adapters/events/event-bus';
import { type Logger, stageOf } from '../../runtime';

/** Most events that are offered to the bus at once; it takes what fits one message. */
const MAX_RUN = 500;

export interface PublisherOptions {
  readonly partition: number;
  readonly outbox: Outbox;
  /** Which of the events are traced. */
  readonly traces?: EventTraces;
  readonly bus: EventBus;
  readonly logger: Logger;
  /** Whether this process leads at this instant. */
  readonly leads: () => boolean;
  /**
   * Least milliseconds from one message to the next: events that come meanwhile travel together, which settlement takes much
   * faster than one by one. The first event after a pause does not wait.
   */
  readonly spacingMs: number;
}

/** Sends the outbox to the settlement queue while this process leads, one message after the other. */
export class Publisher {
  private term: AbortController | undefined;
  private trouble: string | undefined;

  constructor(private readonly options: PublisherOptions) {}

  /** What keeps events from the queue, if anything. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Begins a term. */
  lead(epoch: number): void {
    this.stop();
    this.term = new AbortController();
    void this.run(epoch, this.term.signal);
  }

  /** Ends the term at once. What is being sent may still arrive; its epoch tells the ledger. */
  stop(): void {
    this.term?.abort();
    this.term = undefined;
    this.trouble = undefined;
  }

  /** Resolves when nothing is left to send, the term is over, or the time is up. */
  async flush(timeoutMs: number): Promise<void> {
    if (!this.term) return;
    await this.options.outbox.until(() => this.options.outbox.size === 0, AbortSignal.any([this.term.signal, AbortSignal.timeout(timeoutMs)]));
  }

  private async run(epoch: number, signal: AbortSignal): Promise<void> {
    const { partition, outbox, traces, bus, leads, logger, spacingMs } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      await outbox.until(() => outbox.size > 0, signal);
      if (signal.aborted) return;
      const began = performance.now();
      try {
        // The keeper of the lease will say so in a moment.
        if (!leads()) throw new Error('the term has ended');
        const events = outbox.peek(MAX_RUN);
        const traced = traces?.of(events);
        const run = traced ? { partition, epoch, events, traces: traced } : { partition, epoch, events };
        const count = await stageOf('publish', () => bus.publish(run));
        // Accepted, but perhaps behind a new leader's copy: only the leader's word counts.
        if (signal.aborted || !leads()) continue;
        outbox.markPublished(events[count - 1].seq);
        traces?.forget(events[count - 1].seq);
        if (failures > 0) logger.info({ failures }, 'the settlement queue takes events again');
        failures = 0;
        this.trouble = undefined;
        await pause(spacingMs - (performance.now() - began), signal);
      } catch (error) {
        this.trouble = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        if (failures === 0) logger.warn({ reason: this.trouble }, 'events could not be sent to the settlement queue; trying again');
        await pause(Math.min(2_000, 50 * 2 ** Math.min(failures++, 6)) * (0.5 + Math.random() / 2), signal);
      }
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
