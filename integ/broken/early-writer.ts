import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalPosition, JournalWriter } from '../../services/adapters/journal/journal';
import { KinesisJournalWriter as RealWriter, type KinesisWriterOptions } from '../../services/adapters/journal/kinesis-writer';

/** How long an order is acknowledged before the journal has it. */
const HEAD_START_MS = 300;

/**
 * BROKEN ON PURPOSE: says yes before the journal has anything, so that a process that dies takes acknowledged orders with it. Built into an API
 * in place of the real writer by `early-api.ts`, for one reason: a drill that finds nothing wrong with it proves nothing.
 */
export class KinesisJournalWriter implements JournalWriter {
  private readonly real: RealWriter;
  private readonly pending = new Set<Promise<unknown>>();
  private promised = 0;

  constructor(options: KinesisWriterOptions) {
    this.real = new RealWriter({ ...options, attempts: 3 });
  }

  append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    const one: Promise<unknown> = sleep(HEAD_START_MS).then(() => this.real.append(partition, frame)).catch(() => undefined)
      .finally(() => this.pending.delete(one));
    this.pending.add(one);
    return Promise.resolve(`early-${++this.promised}`);
  }

  probe(partition?: number): Promise<void> {
    return this.real.probe(partition);
  }

  async close(): Promise<void> {
    await Promise.all(this.pending);
    await this.real.close();
  }
}
