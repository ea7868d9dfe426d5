/** The workload on nodejs-order-book, through its own commands and with the answers it gives. */
import { OrderBook } from 'nodejs-order-book';
import * as w from './matching-workload';

/** What the peer answers about one command, as far as it is used. */
interface Answer {
  readonly done: readonly { readonly id: string; readonly price: number; readonly size: number }[];
  readonly partial: { readonly id: string; readonly price: number } | null;
  readonly partialQuantityProcessed: number;
}

interface Book {
  limit(order: { id: string; side: string; size: number; price: number; timeInForce: string }): Answer;
  modify(id: string, change: { price: number; size: number }): Answer;
  cancel(id: string): unknown;
}

const SIDES = ['buy', 'sell'];

export class PeerRun {
  trades = 0;
  checksum = 0;
  private readonly book = new OrderBook() as unknown as Book;
  private readonly ids: readonly string[];

  constructor(private readonly workload: w.Workload) {
    this.ids = Array.from({ length: workload.nextId }, (_, id) => String(id));
    this.run(0, workload.prefill);
    this.trades = 0;
    this.checksum = 0;
  }

  /** Applies commands from one up to another. */
  run(from: number, to: number): void {
    const { book, ids } = this;
    const { commands } = this.workload;
    for (let n = from; n < to; n++) {
      const c = n * w.COMMAND_WORDS;
      const number = commands[c + w.C_ID];
      const id = ids[number];
      const type = commands[c + w.C_TYPE];
      if (type === w.CANCEL) {
        book.cancel(id);
        continue;
      }
      const [size, price] = [commands[c + w.C_QUANTITY], commands[c + w.C_PRICE]];
      const answer = type === w.MODIFY ? book.modify(id, { price, size })
        : book.limit({ id, side: SIDES[commands[c + w.C_SIDE]], size, price, timeInForce: commands[c + w.C_IOC] === 1 ? 'IOC' : 'GTC' });
      for (const maker of answer.done) if (maker.id !== id) this.add(Number(maker.id), number, maker.price, maker.size);
      const { partial } = answer;
      if (partial !== null && partial.id !== id) this.add(Number(partial.id), number, partial.price, answer.partialQuantityProcessed);
    }
  }

  private add(maker: number, taker: number, price: number, quantity: number): void {
    this.trades++;
    this.checksum = w.addTrade(this.checksum, maker, taker, price, quantity);
  }
}
