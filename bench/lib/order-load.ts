import { type Door, DOORS } from './doors';
import { HttpClient } from './http-client';
import type { AcknowledgedOrder, LoadJob, LoadProgress, LoadResult } from './job';
import { Latencies } from './latencies';
import { ramp, runOpenLoop, steady } from './open-loop';
import type { OrdersSocket } from './orders-socket';
import { SocketClient } from './socket-client';
import type { Span } from './stage-samples';
import type { OrderUpdate } from '../../services/domain';

/** Connections to the server in all, shared by the traders. */
const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;
/** Part of the rate with which the warm-up begins. */
const RAMP_START = 0.1;

/** Sends the orders of a job on schedule and measures what becomes of them. */
export class OrderLoad {
  private readonly door: Door;
  private clients: (HttpClient | SocketClient)[] = [];
  private readonly cookies: (string | undefined)[];
  private readonly accepted = new Latencies();
  private readonly filled = new Latencies();
  private readonly sendLag = new Latencies();
  private readonly orders: AcknowledgedOrder[] = [];
  /** When orders were due whose fill is not yet known, by client order id; NaN when it is not measured. */
  private readonly due = new Map<string, number>();
  /** Client order ids by order id, as far as an answer or an update has named both. */
  private readonly ids = new Map<string, string>();
  /** Fills of orders whose client order id is not known yet: when they were seen, by order id. */
  private readonly early = new Map<string, number>();
  private readonly reasons: Record<string, number> = {};
  private readonly warmup: number;
  private readonly measured: number;
  private errors = 0;
  private open = 0;
  private acknowledged = 0;
  private fillsSeen = 0;
  private firstDue = Infinity;
  private lastAnswer = 0;
  private second = { sent: 0, acknowledged: 0, filled: 0, errors: 0, accepted: new Latencies() };

  constructor(private readonly job: LoadJob, private readonly onProgress: (progress: LoadProgress) => void) {
    this.door = DOORS[job.door];
    this.cookies = job.traders.map(() => undefined);
    const wholeRounds = (orders: number): number => Math.round(orders / job.traders.length) * job.traders.length;
    // The area under the ramp.
    this.warmup = wholeRounds(((1 + RAMP_START) / 2) * job.rate * job.warmupSeconds);
    this.measured = wholeRounds(job.rate * job.seconds);
  }

  async run(): Promise<LoadResult> {
    const { job } = this;
    this.clients = await this.connect();
    let sockets: OrdersSocket[] = [];
    if (job.fills && !this.door.answersWithFill) {
      const tokens = [...new Set(job.traders.map((trader) => trader.token))];
      sockets = await Promise.all(tokens.map((token) => this.door.openStream({
        url: job.streamUrl ?? job.url,
        token,
        onOrder: (update) => this.follow(update),
        onLost: (reason) => this.fail(`order stream: ${reason}`),
      })));
    }
    const report = setInterval(() => this.report(), 1_000);
    const { rate, warmupSeconds } = job;
    await runOpenLoop({
      schedule: ramp(performance.now(), RAMP_START * rate, rate, warmupSeconds),
      count: this.warmup,
      send: (index, dueAt) => this.send(index, dueAt),
    });
    // What the warm-up left waiting is its own affair.
    await this.drain();
    this.firstDue = performance.now() + 100;
    const from = Date.now() + 100;
    await runOpenLoop({
      schedule: steady(this.firstDue, rate),
      count: this.measured,
      send: (index, dueAt) => this.send(this.warmup + index, dueAt),
    });
    await this.drain();
    const span = { from, to: Date.now() };
    clearInterval(report);
    for (const socket of sockets) socket.close();
    for (const client of this.clients) client.close();
    return this.result(span);
  }

  private async connect(): Promise<(HttpClient | SocketClient)[]> {
    const { url, traders, transport } = this.job;
    if (transport === 'ws') return Promise.all(traders.map(({ token }) => SocketClient.open({ url, token, timeoutMs: TIMEOUT_MS })));
    const connections = Math.ceil(CONNECTIONS / traders.length);
    return traders.map(() => new HttpClient({ url, connections, timeoutMs: TIMEOUT_MS }));
  }

  /** Waits for answers and fills for as long as they come: a backlog is latency, silence is loss. */
  private async drain(): Promise<void> {
    const waiting = (): number => this.open + (this.job.fills ? this.due.size : 0);
    let least = Infinity;
    let deadline = 0;
    while (waiting() > 0) {
      if (waiting() < least) {
        least = waiting();
        deadline = performance.now() + this.job.graceMs;
      } else if (performance.now() > deadline) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private send(index: number, dueAt: number): void {
    const who = index % this.job.traders.length;
    const trader = this.job.traders[who];
    const measured = index >= this.warmup;
    const clientOrderId = `${this.job.prefix}-${index}`;
    const cookie = this.cookies[who];
    const headers: Record<string, string> = { authorization: `Bearer ${trader.token}` };
    if (cookie !== undefined) headers.cookie = cookie;
    if (measured) this.sendLag.record(performance.now() - dueAt);
    this.due.set(clientOrderId, measured ? dueAt : NaN);
    this.second.sent++;
    this.open++;
    this.clients[who].send('POST', this.door.path, headers, this.door.body(trader, clientOrderId)).then((answer) => {
      const now = performance.now();
      this.cookies[who] = answer.cookie ?? cookie;
      if (answer.status !== this.door.status) return this.refuse(clientOrderId, `${answer.status} ${answer.body.slice(0, 120)}`);
      const orderId = this.door.idOf(answer.json ?? JSON.parse(answer.body));
      if (orderId === undefined) return this.refuse(clientOrderId, `${answer.status} without an order id`);
      this.orders.push([orderId, clientOrderId, measured]);
      this.learn(orderId, clientOrderId);
      if (this.door.answersWithFill) this.fill(clientOrderId, now);
      this.second.acknowledged++;
      this.second.accepted.record(now - dueAt);
      if (!measured) return;
      this.acknowledged++;
      this.accepted.record(now - dueAt);
      this.lastAnswer = now;
    }).catch((error: Error) => this.refuse(clientOrderId, error.message)).finally(() => { this.open--; });
  }

  private follow({ event, orderId, clientOrderId, status }: OrderUpdate): void {
    const now = performance.now();
    if (event === 'accepted' && clientOrderId !== undefined) this.learn(orderId, clientOrderId);
    if (event !== 'fill' || status !== 'filled') return;
    const known = this.ids.get(orderId);
    if (known === undefined) this.early.set(orderId, now);
    else this.fill(known, now);
  }

  private learn(orderId: string, clientOrderId: string): void {
    this.ids.set(orderId, clientOrderId);
    const seen = this.early.get(orderId);
    if (seen === undefined) return;
    this.early.delete(orderId);
    this.fill(clientOrderId, seen);
  }

  private fill(clientOrderId: string, seen: number): void {
    const dueAt = this.due.get(clientOrderId);
    // Not of this run, or known already: after a takeover the matcher says things again.
    if (dueAt === undefined) return;
    this.due.delete(clientOrderId);
    this.second.filled++;
    if (Number.isNaN(dueAt)) return;
    this.fillsSeen++;
    this.filled.record(seen - dueAt);
  }

  private refuse(clientOrderId: string, reason: string): void {
    this.due.delete(clientOrderId);
    this.fail(reason);
  }

  private fail(reason: string): void {
    this.errors++;
    this.second.errors++;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
  }

  private report(): void {
    const { sent, acknowledged, filled, errors, accepted } = this.second;
    this.second = { sent: 0, acknowledged: 0, filled: 0, errors: 0, accepted: new Latencies() };
    const { p50, p99 } = accepted.percentiles();
    const second = Number.isFinite(this.firstDue) ? Math.floor((performance.now() - this.firstDue) / 1_000) : -1;
    this.onProgress({ type: 'progress', second, sent, acknowledged, filled, errors, acceptedP50: p50, acceptedP99: p99 });
  }

  private result(span: Span): LoadResult {
    const spanMs = Math.max(this.lastAnswer - this.firstDue, this.job.seconds * 1_000);
    return {
      type: 'result',
      accepted: this.accepted.percentiles(),
      filled: this.filled.percentiles(),
      sendLag: { p99: this.sendLag.percentiles().p99, max: this.sendLag.max },
      achieved: this.acknowledged / (spanMs / 1_000),
      acknowledged: this.acknowledged,
      fillsSeen: this.fillsSeen,
      errors: this.errors + this.open,
      span,
      reasons: this.open > 0 ? { ...this.reasons, 'never answered': this.open } : this.reasons,
      orders: this.orders,
    };
  }
}
