/** A queue of a broker. */
export interface BrokerQueue {
  /** Name of the queue, of letters, digits, dots, dashes and underscores. */
  readonly name: string;

  /**
   * Waiting messages above which the queue's alarm fires.
   *
   * @default 1000
   */
  readonly depthThreshold?: number;

  /**
   * Groups of users that may read the queue.
   *
   * @default - every user
   */
  readonly readers?: string[];

  /**
   * Groups of users that may write to the queue.
   *
   * @default - every user
   */
  readonly writers?: string[];
}

/** Copies messages that a selector chooses from one queue to another one. */
export interface BrokerRoute {
  /** Queue that messages are sent to. It keeps none itself once it has routes. */
  readonly source: string;

  /** Queue that the chosen messages end up in. */
  readonly destination: string;

  /** Condition on the properties of a message in the language of JMS selectors, such as `symbol = 'BTCUSDT' AND quantity > 100`. */
  readonly selector: string;
}
