import { addressLists, allowed, type Levels, ordersPerSecond } from '../../adapters/access/combine';
import type { Action, AddressRule } from '../../adapters/access/rule';
import { addressCheck } from '../auth/address-list';
import { ApiError } from '../http/errors';

/** Lists are compared with every request, so each is made ready once. */
const checks = new WeakMap<AddressRule, (address: string) => boolean>();

function checkOf(list: AddressRule): (address: string) => boolean {
  let check = checks.get(list);
  if (!check) checks.set(list, check = addressCheck(list.from));
  return check;
}

/** What one caller may do, by the rules of the moment. */
export class Rights {
  /** Of whom no rule speaks. */
  static readonly FULL = new Rights([]);

  constructor(private readonly levels: Levels) {}

  may(action: Action): boolean {
    return allowed(this.levels, 'actions', action);
  }

  mayTrade(symbol: string): boolean {
    return allowed(this.levels, 'instruments', symbol);
  }

  /** @throws ApiError 403 `instrument_not_allowed` */
  readonly requireInstrument = (symbol: string): void => {
    if (this.mayTrade(symbol)) return;
    throw new ApiError(403, 'instrument_not_allowed', 'You may not trade this instrument. Orders that stand in it can be taken back.', {
      symbol: symbol.slice(0, 32),
    });
  };

  get ordersPerSecond(): number | undefined {
    return ordersPerSecond(this.levels);
  }

  /** Addresses and networks that requests must come from; undefined: from anywhere. */
  addresses(by: 'token' | 'api_key'): readonly string[] | undefined {
    return addressLists(this.levels, by)?.flatMap(({ from }) => from);
  }

  /** Whether a request may come from an address. From where nobody knows, it may only where no list says anything. */
  mayComeFrom(by: 'token' | 'api_key', address: string | undefined): boolean {
    const lists = addressLists(this.levels, by);
    return lists === undefined || (address !== undefined && lists.some((list) => checkOf(list)(address)));
  }
}
