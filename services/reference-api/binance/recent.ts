import { Lru } from '../auth/lru';

const MOST = 1_000;

/** Answers that are good for a moment: questions that anybody may ask must not cost much each time. */
export class Recent<T> {
  private readonly answers = new Lru<string, { readonly at: number; readonly answer: Promise<T> }>(MOST);

  /** @param forMs milliseconds for which an answer is given again */
  constructor(private readonly forMs: number) {}

  get(key: string, now: number, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key);
    if (known && Math.abs(now - known.at) < this.forMs) return known.answer;
    const answer = ask();
    this.answers.set(key, { at: now, answer });
    // What went wrong is asked for again.
    answer.catch(() => this.answers.delete(key));
    return answer;
  }
}
