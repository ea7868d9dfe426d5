import type { ChildProcess } from 'node:child_process';
import { messageFrom, startProgram } from './children';
import { messageOf, type ReadersAnswer, type ReadersJob } from './fan-out-job';
import type { Percentiles } from './latencies';

/** Messages underway at once while the most is looked for. */
const WINDOW = 4;
const CONNECT_MS = 120_000;
const STALL_MS = 30_000;

/** Publishes the message of a number. */
type Publish = (number: number, text: string) => Promise<unknown>;

/** One server and its readers. */
export class FanOutSide {
  private readonly done = new Map<number, () => void>();

  /** Starts the readers and waits until all are connected. */
  static async open(job: ReadersJob, publish: Publish): Promise<FanOutSide> {
    const readers = startProgram('fan-out-readers.ts');
    readers.send(job);
    await messageFrom(readers, (message): message is ReadersAnswer => (message as ReadersAnswer).type === 'ready', CONNECT_MS);
    return new FanOutSide(readers, job.clients, publish);
  }

  private constructor(private readonly readers: ChildProcess, private readonly clients: number, private readonly publish: Publish) {
    readers.on('message', (answer: ReadersAnswer) => {
      if (answer.type !== 'all') return;
      this.done.get(answer.message)?.();
      this.done.delete(answer.message);
    });
  }

  close(): void {
    this.readers.kill();
  }

  /** Deliveries per second when the next message follows as soon as everybody has one of the last few. */
  async most(numbers: () => number, seconds: number): Promise<number> {
    this.readers.send({ type: 'reset' });
    const begun = performance.now();
    let delivered = 0;
    await Promise.all(Array.from({ length: WINDOW }, async () => {
      while (performance.now() - begun < seconds * 1_000) {
        await this.deliver(numbers());
        delivered += this.clients;
      }
    }));
    return delivered / ((performance.now() - begun) / 1_000);
  }

  /** From publication to a client, at a steady rate of messages. */
  async lag(numbers: () => number, rate: number, seconds: number): Promise<Percentiles> {
    this.readers.send({ type: 'reset' });
    const begun = performance.now();
    const all: Promise<void>[] = [];
    for (let i = 0; i < rate * seconds; i++) {
      const wait = begun + (i * 1_000) / rate - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      all.push(this.deliver(numbers()));
    }
    await Promise.all(all);
    this.readers.send({ type: 'report' });
    const isReport = (message: unknown): message is Extract<ReadersAnswer, { type: 'report' }> => (message as ReadersAnswer).type === 'report';
    return (await messageFrom(this.readers, isReport, STALL_MS)).lag;
  }

  /** Publishes a message and resolves when every client has it. @throws Error when somebody does not get it */
  private async deliver(number: number): Promise<void> {
    const everybody = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not every client had message ${number} after ${STALL_MS / 1_000} s`)), STALL_MS);
      this.done.set(number, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    await this.publish(number, messageOf(number));
    await everybody;
  }
}
