/** A place in a queue: `ready` resolves when those in front are done, `done` lets the next one go. */
export interface Turn {
  readonly ready: Promise<void> | undefined;
  done(): void;
}

/**
 * Keeps the order in which requests came over one connection until their commands are in the journal's queue: a client may
 * send the second before the answer to the first. Costs nothing while nobody does.
 */
export class Turns {
  private readonly tails = new WeakMap<object, Promise<void>>();

  take(connection: object): Turn {
    const ready = this.tails.get(connection);
    let release: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      // Whoever comes next waits for everybody in front, not for us alone.
      release = () => (ready ? void ready.then(resolve) : resolve());
    });
    this.tails.set(connection, mine);
    return {
      ready,
      done: () => {
        release();
        if (this.tails.get(connection) === mine && !ready) this.tails.delete(connection);
      },
    };
  }
}
