import type { Health, Logger } from '../../../runtime';
import type { ApiKeys } from '../../auth/api-keys';
import type { SignIn } from '../../auth/sign-in';
import type { AutomationDesk } from '../../automations/automation-desk';
import type { Ledgers } from '../../ledger/ledgers';
import type { Positions } from '../../ledger/positions';
import type { ReadModels } from '../../ledger/read-models';
import type { Books } from '../../market/books';
import type { StatusBoard } from '../../market/status-board';
import type { Tickers } from '../../market/tickers';
import type { OrderEntry } from '../../orders/entry';
import type { UpgradeAdvisers } from '../../orders/operate';
import type { Verdicts } from '../../orders/verdicts';
import type { History } from '../../replay/history';

/** What the routes answer from. */
export interface RouteDependencies {
  readonly entry: OrderEntry;
  readonly ledgers: Ledgers;
  readonly positions: Positions;
  /** Where the system has them. */
  readonly readModels?: ReadModels;
  readonly books: Books;
  readonly tickers: Tickers;
  readonly verdicts: Verdicts;
  /** Bars of past days. */
  readonly history: History;
  readonly advisers: UpgradeAdvisers;
  readonly signIn: SignIn;
  readonly apiKeys: ApiKeys;
  readonly automations: AutomationDesk;
  readonly health: Health;
  readonly statusBoard: StatusBoard;
  readonly logger: Logger;
}
