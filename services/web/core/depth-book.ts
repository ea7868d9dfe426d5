import { compare, decimal } from './decimal';

export type Level = readonly [price: string, quantity: string];

/** A picture of a book. */
export interface BookPicture {
  readonly symbol: string;
  readonly seq: number;
  readonly time: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** What changed between two pictures. */
export interface BookDifference extends BookPicture {
  readonly previousSeq: number;
}

/** Differences that are kept while a picture is on its way; more than that and the picture was too slow to be of use. */
const MOST_WAITING = 200;

/**
 * A book kept from a picture and the differences that follow it. It shows a book only while every difference since its picture is known;
 * `needsPicture` says that one is missing and a new picture has to be fetched.
 */
export class DepthBook {
  private picture: BookPicture | undefined;
  private waiting: BookDifference[] = [];

  constructor(readonly symbol: string) {}

  /** The book; undefined while it is not known. */
  get view(): BookPicture | undefined {
    return this.picture;
  }

  get needsPicture(): boolean {
    return this.picture === undefined;
  }

  /** Forgets the book: messages may have been missed. */
  lose(): void {
    this.picture = undefined;
    this.waiting = [];
  }

  /** Takes a picture that was fetched, then what came while it was. */
  begin(picture: BookPicture): void {
    if (picture.symbol !== this.symbol) return;
    this.picture = picture;
    const { waiting } = this;
    this.waiting = [];
    for (const difference of waiting) {
      this.apply(difference);
      // The rest would be a gap as well, and the next picture may be older than it.
      if (!this.picture) this.waiting.push(difference);
    }
  }

  /** Takes the next difference. One that leaves a gap ends the book. */
  apply(difference: BookDifference): void {
    if (difference.symbol !== this.symbol) return;
    if (!this.picture) {
      this.waiting = [...this.waiting, difference].slice(-MOST_WAITING);
      return;
    }
    if (difference.seq <= this.picture.seq) return;
    if (difference.previousSeq !== this.picture.seq) {
      this.picture = undefined;
      this.waiting = [difference];
      return;
    }
    const { symbol, seq, time, bids, asks } = difference;
    this.picture = { symbol, seq, time, bids: merged(this.picture.bids, bids, -1), asks: merged(this.picture.asks, asks, 1) };
  }
}

function merged(levels: readonly Level[], changes: readonly Level[], direction: 1 | -1): readonly Level[] {
  const known = new Map(levels.map((level) => [level[0], level]));
  for (const [price, quantity] of changes) {
    if (decimal(quantity).units === 0n) known.delete(price);
    else known.set(price, [price, quantity]);
  }
  return [...known.values()].sort(([a], [b]) => direction * compare(decimal(a), decimal(b)));
}
