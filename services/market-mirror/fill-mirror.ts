import type { MqttClient } from 'mqtt';
import type { Pool } from 'pg';
import type { AmqpSender } from '../adapters/events/amqp-link';
import { type Logger, ResiliencePolicy } from '../runtime';

export interface FillMirrorOptions {
  readonly pool: Pick<Pool, 'query'>;
  readonly sender: Pick<AmqpSender, 'send'>;
  /** Keeps the position; its messages are retained by the broker. */
  readonly mqtt: Pick<MqttClient, 'publishAsync' | 'subscribeAsync' | 'unsubscribeAsync' | 'on' | 'off'>;
  readonly partition: number;
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

interface Fill {
  readonly seq: number;
  readonly symbol: string;
  readonly side: string;
  readonly price: number;
  readonly lots: number;
  readonly time: Date;
}

const BATCH = 200;
/** A retained message comes right after the subscription, or there is none. */
const RETAINED_MS = 1_000;

/**
 * Mirrors settled fills from the ledger to a queue. How far it is, the broker itself knows, as a retained message: what a broker has, it has
 * together with its position, and a new broker begins with what comes from then on. Every fill arrives at least once, in order; its message
 * id says which one it is.
 */
export class FillMirror {
  private stopped = false;
  private position: number | undefined;
  private problem: string | undefined;
  private running: Promise<void> = Promise.resolve();
  // The client itself waits for ever; the next round is the repetition, and saying a position twice is saying it once.
  private readonly broker = new ResiliencePolicy({ name: 'the broker', timeoutMs: 5_000, attempts: 1, breaker: { failures: Infinity } });

  constructor(private readonly options: FillMirrorOptions) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  state(): { readonly position?: number; readonly problem?: string } {
    return { position: this.position, problem: this.problem };
  }

  /** Hands on what is new. @returns the number of fills */
  async step(): Promise<number> {
    this.position ??= await this.kept() ?? await this.newest();
    const { rows } = await this.options.pool.query<Fill>(
      `SELECT seq, symbol, side, price_ticks AS price, quantity_lots AS lots, time FROM ledger.fills
        WHERE partition = $1 AND liquidity = 'taker' AND seq > $2 ORDER BY seq LIMIT ${BATCH}`, [this.options.partition, this.position]);
    for (const fill of rows) await this.send(fill);
    if (rows.length > 0) {
      this.position = rows[rows.length - 1].seq;
      await this.broker.run({ idempotent: true }, () => this.options.mqtt.publishAsync(this.topic, String(this.position), { qos: 1, retain: true }));
    }
    return rows.length;
  }

  private get topic(): string {
    return `mirror/position/${this.options.partition}`;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      let moved = 0;
      try {
        moved = await this.step();
        this.problem = undefined;
      } catch (error) {
        if (this.problem === undefined) this.options.logger.warn({ reason: (error as Error).message }, 'fills cannot be mirrored; trying again');
        this.problem = (error as Error).message;
      }
      if (moved < BATCH) await new Promise((resolve) => setTimeout(resolve, this.options.pollIntervalMs));
    }
  }

  private send({ seq, symbol, side, price, lots, time }: Fill): Promise<void> {
    const { partition, sender } = this.options;
    return sender.send({
      message_id: `${partition}-${seq}`,
      group_id: String(partition),
      content_type: 'application/json',
      application_properties: { type: 'fill', partition, seq, symbol, side, lots },
      body: JSON.stringify({ partition, seq, symbol, side, priceTicks: price, quantityLots: lots, time: time.toISOString() }),
    });
  }

  private async kept(): Promise<number | undefined> {
    const { mqtt } = this.options;
    return new Promise((resolve, reject) => {
      const done = (value: number | undefined): void => {
        clearTimeout(timer);
        mqtt.off('message', take);
        void mqtt.unsubscribeAsync(this.topic).catch(() => undefined);
        resolve(value);
      };
      const take = (topic: string, payload: Buffer): void => {
        if (topic === this.topic && /^\d+$/.test(payload.toString())) done(Number(payload.toString()));
      };
      const timer = setTimeout(() => done(undefined), RETAINED_MS);
      mqtt.on('message', take);
      mqtt.subscribeAsync(this.topic, { qos: 1 }).catch(reject);
    });
  }

  private async newest(): Promise<number> {
    const { rows: [row] } = await this.options.pool.query<{ seq: number | null }>('SELECT max(seq) AS seq FROM ledger.fills WHERE partition = $1', [this.options.partition]);
    return row?.seq ?? 0;
  }
}
