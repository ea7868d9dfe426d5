import type { OwnOrders } from './own-orders';
import type { AutomationOrder } from '../../adapters/jobs/automation';

/** How an automation ended by itself. */
export interface Ending {
  readonly status: 'done' | 'failed';
  readonly reason?: string;
}

/** The place of an order, and what it is for. */
export interface PlacedOrder {
  readonly place: string;
  readonly role: AutomationOrder['role'];
}

/**
 * The course of an automation: decisions that are written down, then acted upon. Each step does what the state says, so it may be done again by
 * anybody; nothing is remembered beside the state and what the core says of the orders.
 */
export interface Course {
  /** What it decided so far: a value that JSON can hold. */
  readonly state: unknown;
  /** Orders that it may have sent. */
  readonly placed: readonly PlacedOrder[];
  /** Hears of a price of the live market. @returns whether the state changed and is to be written down */
  hear(priceTicks: number): boolean;
  /**
   * Goes on as far as it can.
   *
   * @returns how it ended; 'decided' when the state is to be written down before the next step, which is due at once; undefined when it waits
   */
  step(orders: OwnOrders): Promise<Ending | 'decided' | undefined>;
}
