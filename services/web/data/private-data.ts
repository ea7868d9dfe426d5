import { type Api, ApiProblem } from './api';
import type { ScreenState } from './state';
import type { Balance, Fill, Order, OrderUpdate, Position, Recency } from '../core/model';
import { Orders, reaches } from '../core/orders';
import type { Store } from '../core/store';

type Row = Omit<Order, 'seq'> & { readonly seq?: number };
type OrderPage = Recency & { readonly orders: readonly Row[]; readonly nextCursor?: string };

/** How long the ledger is given to come to what the stream has said, and how often it is asked. */
const PATIENCE_MS = 20_000;
const ASK_AGAIN_MS = 250;
const MOST_PAGES = 10;

/**
 * What is the account's own: told by the stream as it happens, and read from the ledger, which follows a moment later. Until the ledger has
 * everything that is known to have happened the state says `behind`.
 */
export class PrivateData {
  private readonly orders = new Orders();
  /** What the ledger must include before what it says of balances is the whole truth, by partition. */
  private readonly marks = new Map<number, number>();
  private loading: Promise<void> | undefined;
  private wanted = false;
  private term = 0;

  constructor(
    private readonly api: Api,
    private readonly store: Store<ScreenState>,
    private readonly refused: (error: unknown) => boolean,
    private readonly onAccount: () => void = () => undefined,
  ) {}

  clear(): void {
    this.term += 1;
    this.orders.clear();
    this.marks.clear();
    this.loading = undefined;
  }

  /** Where the channel of orders goes on. */
  after(): Readonly<Record<string, unknown>> {
    return this.orders.last.size === 0
      ? {}
      : { orders: Object.fromEntries([...this.orders.last].map(([partition, seq]) => [String(partition), seq])) };
  }

  /** Takes a message of the stream. */
  take(update: OrderUpdate): void {
    this.orders.update(update);
    this.raise(update.partition ?? 0, update.seq);
    if (update.event.startsWith('account_')) this.onAccount();
    this.show({ behind: true });
    void this.reload();
  }

  /** Reads everything that may have been missed. Resolves when the ledger has what the market had when this was called. */
  async catchUp(): Promise<void> {
    const { term } = this;
    const marks = await this.marksOfNow();
    if (term !== this.term) return;
    for (const [partition, seq] of marks) this.raise(partition, seq);
    this.store.set({ behind: true });
    // Longer than that and the rest of the screen does not wait; `behind` says it.
    await within(PATIENCE_MS, this.reload());
  }

  /** Reads once more what may have changed without a message. */
  refresh(): Promise<void> {
    return this.reload();
  }

  private raise(partition: number, seq: number): void {
    this.marks.set(partition, Math.max(seq, this.marks.get(partition) ?? 0));
  }

  /** Last events that the books include, by partition. */
  private async marksOfNow(): Promise<ReadonlyMap<number, number>> {
    const status = await this.api.get<Status>('/v1/status').catch(() => undefined);
    const states = status?.partitions ?? (status ? [{ partition: 0, ledger: status.ledger, settlementLag: status.settlementLag }] : []);
    return new Map(
      states.flatMap(({ partition, ledger, settlementLag }) => (ledger && settlementLag !== null ? [[partition, ledger.seq + settlementLag]] : [])),
    );
  }

  /** Reads once now and, when more has happened meanwhile, once more. */
  private reload(): Promise<void> {
    this.wanted = true;
    return (this.loading ??= this.run().finally(() => {
      this.loading = undefined;
    }));
  }

  private async run(): Promise<void> {
    const { term } = this;
    while (this.wanted && term === this.term && this.store.now.session) {
      this.wanted = false;
      let there = false;
      try {
        there = await this.read(term);
      } catch (error) {
        if (term !== this.term || this.refused(error)) return;
        if (!(error instanceof ApiProblem)) throw error;
      }
      if (term !== this.term) return;
      if (there) {
        if (!this.wanted) this.show({ behind: false });
      } else if (this.store.now.link !== 'lost') {
        this.wanted = true;
        await pause(ASK_AGAIN_MS);
      }
    }
  }

  /** @returns whether the answers include all that was known before they were asked for */
  private async read(term: number): Promise<boolean> {
    const marks = new Map(this.marks);
    const [open, recent, fills, portfolio, positions] = await Promise.all([
      this.allOpen(),
      this.api.get<OrderPage>('/v1/orders?limit=100'),
      this.api.get<Recency & { fills: readonly Fill[] }>('/v1/fills?limit=200'),
      this.api.get<Recency & { balances: readonly Balance[] }>('/v1/portfolio'),
      this.api.get<Recency & { positions: readonly Position[] }>('/v1/positions'),
    ]);
    if (term !== this.term) return false;
    this.orders.page(recent.orders, recent);
    this.orders.page(open.orders, open);
    this.orders.pageOfFills(fills.fills);
    for (const orderId of this.orders.doubtful(open.orders, open).slice(0, 20)) {
      const order = await this.api.get<Row>(`/v1/orders/${orderId}`).catch(() => undefined);
      if (order) this.orders.page([order], { asOf: open.asOf, partitions: open.partitions });
    }
    // A read model does not say how far it is; its rows do.
    const includes = (answer: Recency): boolean => answer.source === 'read_model' || reaches(answer, marks);
    const settled = includes(portfolio) && includes(positions);
    if (settled || !this.store.now.account) {
      const times = portfolio.partitions?.flatMap(({ asOfTime }) => asOfTime ?? []) ?? [];
      const asOfTime = portfolio.asOfTime ?? (times.length > 0 ? Math.min(...times) : undefined);
      this.show({ account: { balances: portfolio.balances, positions: positions.positions, ...(asOfTime ? { asOfTime } : {}) } });
    } else {
      this.show({});
    }
    return settled && includes(open) && includes(fills);
  }

  private async allOpen(): Promise<OrderPage> {
    let page = await this.api.get<OrderPage>('/v1/orders?status=open&limit=200');
    const orders = [...page.orders];
    const first = page;
    for (let at = 1; page.nextCursor !== undefined && at < MOST_PAGES; at++) {
      page = await this.api.get<OrderPage>(`/v1/orders?status=open&limit=200&cursor=${encodeURIComponent(page.nextCursor)}`);
      orders.push(...page.orders);
    }
    return { ...first, orders };
  }

  private show(patch: Partial<ScreenState>): void {
    this.store.set({ orders: this.orders.all, fills: this.orders.fills, ...patch });
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([work, new Promise<void>((done) => (timer = setTimeout(done, ms)))]);
  clearTimeout(timer);
}

interface LedgerState {
  readonly ledger: { readonly seq: number } | null;
  readonly settlementLag: number | null;
}
type Status = LedgerState & { readonly partitions?: readonly (LedgerState & { readonly partition: number })[] };
