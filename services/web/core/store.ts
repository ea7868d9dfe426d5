/** When to tell listeners of changes: once for many of them. */
export type Schedule = (work: () => void) => void;

/** One immutable state; listeners hear of changes together, at the pace of `schedule`. */
export class Store<T extends object> {
  private readonly listeners = new Set<() => void>();
  private told: T;
  private due = false;

  constructor(private state: T, private readonly schedule: Schedule = (work) => void setTimeout(work, 30)) {
    this.told = state;
  }

  /** What listeners were told of last. */
  readonly shown = (): T => this.told;

  /** The state with everything in it, for whoever changes it. */
  get now(): T {
    return this.state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(patch: Partial<T>): void {
    this.state = { ...this.state, ...patch };
    if (this.due) return;
    this.due = true;
    this.schedule(() => {
      this.due = false;
      this.told = this.state;
      for (const listener of this.listeners) listener();
    });
  }

  /** Tells listeners now: for what must not be shown a moment too long. */
  setNow(patch: Partial<T>): void {
    this.state = this.told = { ...this.state, ...patch };
    for (const listener of this.listeners) listener();
  }
}
