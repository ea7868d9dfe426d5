import type { Params } from './params';
import type { Origin } from '../access/access-control';
import type { Rights } from '../access/rights';
import type { KeyPermission } from '../auth/api-key-store';
import type { Caller } from '../auth/token-verifier';
import type { RateClass } from '../http/route';
import type { Turn } from '../orders/turns';

/** Who asks: nobody in particular for what is public. */
export interface FacadeAsker {
  readonly accountId: string;
  /** The key's owner with what the key permits, as the native API sees callers. */
  readonly caller: Caller;
  /** What they may do by the rules of operators. */
  readonly rights: Rights;
  readonly origin: Origin;
  readonly turn: Turn;
}

/** One thing that Binance's API does, whichever way it is asked for. */
export interface Operation {
  /** Method and path below `/api/v3`. */
  readonly http?: readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string];
  /** Method of the WebSocket API. */
  readonly ws?: string;
  readonly scope: 'public' | KeyPermission;
  /** Which allowance it is taken from. What it asks of the native API is not counted again, except for orders, which are counted there. */
  readonly rate: Exclude<RateClass, 'none'>;
  /** How many requests it counts as; default 1. */
  readonly weight?: number;
  /** Whether the key alone serves, without a signature. */
  readonly unsigned?: boolean;
  /** Parameters that it may have; others are refused. Absent: what is not read does nothing, as for questions at Binance. */
  readonly takes?: readonly string[];
  handle(params: Params, asker: FacadeAsker): Promise<unknown> | unknown;
}
