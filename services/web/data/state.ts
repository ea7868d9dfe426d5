import type { AccountFacts } from './account';
import type { Session } from './api';
import type { SignInOptions } from './sessions';
import type { Bar, Interval } from '../core/bars';
import type { BookPicture } from '../core/depth-book';
import type { Link } from '../core/freshness';
import type { Balance, Fill, Instrument, MarketTick, Order, Position, Trade } from '../core/model';

/** What the account has, and as of when. */
export interface Account {
  readonly balances: readonly Balance[];
  readonly positions: readonly Position[];
  /** When the ledger settled the last event that is in it, by the server's clock. */
  readonly asOfTime?: number;
}

/** Everything that the screen shows. */
export interface ScreenState {
  readonly session?: Session;
  /** Why somebody has to sign in. */
  readonly signInNote?: string;
  /** Ways of signing in; undefined until they are known. */
  readonly signIn?: SignInOptions;
  readonly link: Link;
  /** When the connection became what it is, by this clock. */
  readonly linkSince: number;
  /** When anything was heard last, by this clock. */
  readonly heardAt?: number;
  /** This clock; moves a few times a second, so that ages grow when nothing else happens. */
  readonly now: number;
  /** How far the server's clock is ahead of this one. */
  readonly offsetMs: number;
  readonly instruments: readonly Instrument[];
  readonly symbol?: string;
  readonly ticks: Readonly<Record<string, MarketTick>>;
  /** First price of each symbol that was seen here, for the direction in the watch list. */
  readonly firstPrices: Readonly<Record<string, string>>;
  readonly book?: BookPicture;
  /** Whether the book of before the connection was lost is still shown, as what it is. */
  readonly lastBook?: BookPicture;
  readonly trades: readonly Trade[];
  readonly interval: Interval;
  readonly history: readonly Bar[];
  readonly historyOf?: string;
  readonly live: readonly Bar[];
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly account?: Account;
  /** What the account began with; undefined where accounts begin with nothing. */
  readonly facts?: AccountFacts;
  /** Whether orders, fills and balances may be behind: events are known that they do not have. */
  readonly behind: boolean;
}

export const FIRST: ScreenState = {
  link: 'off',
  linkSince: 0,
  now: Date.now(),
  offsetMs: 0,
  instruments: [],
  ticks: {},
  firstPrices: {},
  trades: [],
  interval: '1m',
  history: [],
  live: [],
  orders: [],
  fills: [],
  behind: true,
};
