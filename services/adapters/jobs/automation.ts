import type { Side } from '../../domain';

/** A strategy of the catalogue that trades with a budget. */
export interface StrategyAsk {
  readonly type: 'strategy';
  readonly symbol: string;
  readonly strategy: { readonly name: string; readonly settings: Readonly<Record<string, number>> };
  readonly intervalSeconds: number;
  /** Units of the quote asset, as a decimal. */
  readonly budget: string;
}

/** A market order that is sent when the price has turned back by a distance from its best since. Counts of ticks and lots. */
export interface TrailingStopAsk {
  readonly type: 'trailing_stop';
  readonly symbol: string;
  readonly side: Side;
  readonly quantityLots: number;
  /** Either of the two. */
  readonly distanceTicks?: number;
  /** Hundredths of a per cent of the best price. */
  readonly distanceBps?: number;
  /** The price from which on it follows; absent: at once. */
  readonly activationTicks?: number;
}

/** An order to get in, and for whatever it fills two to get out, of which one cancels the other. Counts of ticks and lots. */
export interface BracketAsk {
  readonly type: 'bracket';
  readonly symbol: string;
  /** Of the entry; the exits are of the other side. */
  readonly side: Side;
  readonly quantityLots: number;
  /** Absent: at the market. */
  readonly entryTicks?: number;
  readonly takeProfitTicks: number;
  readonly stopLossTicks: number;
}

/** What a user may ask a worker to look after. */
export type AutomationAsk = StrategyAsk | TrailingStopAsk | BracketAsk;

/** `waiting`: nothing is in the market yet; `working`: orders of it are or have been. The others are ends. */
export const AUTOMATION_STATUSES = ['waiting', 'working', 'done', 'cancelled', 'failed'] as const;
export type AutomationStatus = (typeof AUTOMATION_STATUSES)[number];

/** How something that ended did. */
export type AutomationEnd = Extract<AutomationStatus, 'done' | 'cancelled' | 'failed'>;

/** An automation as it stands. */
export interface Automation {
  readonly id: string;
  readonly accountId: string;
  readonly ask: AutomationAsk;
  /** The name that the client gave it. */
  readonly clientId?: string;
  readonly status: AutomationStatus;
  /** Why it ended, for programs. */
  readonly reason?: string;
  /** Somebody asked for its end. */
  readonly cancelRequested: boolean;
  /** What its worker needs to go on, whoever that is; of a shape of its own for each type. */
  readonly state: unknown;
  /** Orders of it, in the order in which they were sent. */
  readonly orders: readonly AutomationOrder[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An order that an automation sent. */
export interface AutomationOrder {
  readonly orderId: string;
  readonly role: 'entry' | 'take_profit' | 'stop_loss' | 'exit';
}

export function hasEnded({ status }: Pick<Automation, 'status'>): boolean {
  return status === 'done' || status === 'cancelled' || status === 'failed';
}
