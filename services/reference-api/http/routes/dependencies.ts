import type { Health, Logger } from '../../../runtime';
import type { AccessDesk } from '../../access/access-desk';
import type { AccountDesk } from '../../accounts/account-desk';
import type { ApiKeys } from '../../auth/api-keys';
import type { FederatedSignIn } from '../../auth/federated/federated-sign-in';
import type { TokenClients } from '../../auth/remembered';
import type { SignIn } from '../../auth/sign-in';
import type { TokenVerifier } from '../../auth/token-verifier';
import type { AutomationDesk } from '../../automations/automation-desk';
import type { Backtests } from '../../backtests/backtests';
import type { Equity } from '../../ledger/equity';
import type { Ledgers } from '../../ledger/ledgers';
import type { Positions } from '../../ledger/positions';
import type { ReadModels } from '../../ledger/read-models';
import type { Books } from '../../market/books';
import type { MarketMinutes } from '../../market/market-minutes';
import type { StatusBoard } from '../../market/status-board';
import type { Tickers } from '../../market/tickers';
import type { TradeJournal } from '../../notes/trade-journal';
import type { OrderEntry } from '../../orders/entry';
import type { UpgradeAdvisers } from '../../orders/operate';
import type { Verdicts } from '../../orders/verdicts';
import type { History } from '../../replay/history';
import type { SessionDesk } from '../../sessions/desk';

/** What the routes answer from. */
export interface RouteDependencies {
  readonly entry: OrderEntry;
  readonly ledgers: Ledgers;
  readonly positions: Positions;
  readonly equity: Equity;
  /** How accounts of a simulator begin. */
  readonly accounts: AccountDesk;
  /** Where the system has them. */
  readonly readModels?: ReadModels;
  readonly books: Books;
  readonly tickers: Tickers;
  /** The last day of the market that is streamed. */
  readonly minutes: MarketMinutes;
  readonly verdicts: Verdicts;
  /** Bars of past days. */
  readonly history: History;
  readonly advisers: UpgradeAdvisers;
  readonly signIn: SignIn;
  readonly sessions: SessionDesk;
  /** Where users can stay signed in. */
  readonly refreshing?: { readonly clients: TokenClients; readonly verifier: TokenVerifier };
  /** Where users sign in with accounts from elsewhere. */
  readonly federated?: FederatedSignIn;
  readonly apiKeys: ApiKeys;
  readonly access: AccessDesk;
  readonly automations: AutomationDesk;
  readonly backtests: Backtests;
  /** What users write down about their trades. */
  readonly tradeJournal: TradeJournal;
  readonly health: Health;
  readonly statusBoard: StatusBoard;
  readonly logger: Logger;
}
