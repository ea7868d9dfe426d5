-- Up Migration
-- The ledger: what settlement makes of the matcher's events, and all that the API reads.
-- Amounts are whole numbers of an asset's smallest unit, prices ticks, quantities lots; times are those of the core.

CREATE SCHEMA IF NOT EXISTS ledger;

CREATE TABLE ledger.partitions (
  partition integer PRIMARY KEY CHECK (partition BETWEEN 0 AND 65535),
  -- Sequence of the last event that is in the ledger; 0 before the first.
  last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
  -- Highest leadership epoch seen: nothing of an older one enters any more.
  epoch bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
  -- Behaviour of the core since its last upgrade, null before the first; and its time at the last event.
  core_version integer CHECK (core_version > 0),
  core_time timestamptz,
  -- First event that could not be applied. Nothing of the partition is applied until these three are null again.
  halted_seq bigint,
  halted_reason text,
  halted_at timestamptz,
  -- Message that the ledger refused last and how often; an outage of the ledger does not count.
  refused_message text,
  refused_count integer NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nulls(halted_seq, halted_reason, halted_at) IN (0, 3))
);

CREATE TABLE ledger.instruments (
  symbol text PRIMARY KEY,
  partition integer NOT NULL REFERENCES ledger.partitions,
  version bigint NOT NULL,
  -- As in the event, to the letter: symbol, base and quote {code, decimals}, tickSize, lotSize, version, rules.
  spec json NOT NULL,
  updated_seq bigint NOT NULL
);

-- What operators set: the state of an instrument, or under an empty symbol of the venue.
CREATE TABLE ledger.trading_states (
  partition integer NOT NULL REFERENCES ledger.partitions,
  symbol text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'cancel_only', 'halted')),
  updated_seq bigint NOT NULL,
  PRIMARY KEY (partition, symbol)
);

-- Accounts that an operator said something about; all others are customers that may trade.
CREATE TABLE ledger.accounts (
  partition integer NOT NULL REFERENCES ledger.partitions,
  account_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('customer', 'house')),
  killed boolean NOT NULL,
  updated_seq bigint NOT NULL,
  PRIMARY KEY (partition, account_id)
);

-- Prices that trigger stop-losses and take-profits and centre the price band.
CREATE TABLE ledger.markets (
  partition integer NOT NULL REFERENCES ledger.partitions,
  symbol text NOT NULL,
  last_price_ticks bigint CHECK (last_price_ticks > 0),
  mark_price_ticks bigint CHECK (mark_price_ticks > 0),
  updated_seq bigint NOT NULL,
  PRIMARY KEY (partition, symbol)
);

CREATE TABLE ledger.orders (
  order_id uuid PRIMARY KEY,
  partition integer NOT NULL,
  account_id uuid NOT NULL,
  client_order_id text NOT NULL,
  -- What was asked for, 32 hex digits: how a core recognises a repetition.
  digest text NOT NULL CHECK (length(digest) = 32),
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  type text NOT NULL CHECK (type IN ('limit', 'market', 'stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit')),
  time_in_force text NOT NULL CHECK (time_in_force IN ('gtc', 'ioc', 'fok')),
  post_only boolean NOT NULL,
  self_trade_prevention text NOT NULL CHECK (self_trade_prevention IN ('none', 'expire_taker', 'expire_maker', 'expire_both')),
  -- 0 for an order without a limit.
  price_ticks bigint NOT NULL CHECK (price_ticks >= 0),
  -- 0 for an order that waits for nothing.
  trigger_ticks bigint NOT NULL CHECK (trigger_ticks >= 0),
  -- 0 for an order by budget, which then has no remaining lots either.
  quantity_lots bigint NOT NULL CHECK (quantity_lots >= 0),
  quote_budget bigint NOT NULL CHECK (quote_budget >= 0),
  -- The one-cancels-the-other list that it belongs to.
  list_id uuid,
  remaining_lots bigint NOT NULL CHECK (remaining_lots BETWEEN 0 AND quantity_lots),
  filled_lots bigint NOT NULL DEFAULT 0 CHECK (filled_lots >= 0),
  filled_quote bigint NOT NULL DEFAULT 0 CHECK (filled_quote >= 0),
  status text NOT NULL CHECK (status IN ('open', 'filled', 'cancelled', 'rejected')),
  -- Why it was cancelled or rejected.
  reason text,
  created_seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  updated_seq bigint NOT NULL,
  updated_at timestamptz NOT NULL,
  -- Event that let it into the market: null while it waits for its trigger.
  triggered_seq bigint,
  -- The last request to amend it that the core looked at.
  amend_id uuid,
  -- Event that gave it its place in the queue of its price.
  priority_seq bigint NOT NULL,
  CHECK (status <> 'filled' OR remaining_lots = 0),
  CHECK (status <> 'open' OR remaining_lots > 0 OR quote_budget > 0),
  CHECK ((reason IS NOT NULL) = (status IN ('cancelled', 'rejected')))
) WITH (fillfactor = 80);
-- An account's orders, newest first: page with (created_seq, order_id) < (…, …).
CREATE INDEX orders_of_account ON ledger.orders (account_id, created_seq DESC, order_id DESC);
CREATE INDEX orders_of_list ON ledger.orders (list_id) WHERE list_id IS NOT NULL;
-- What a core that starts from the ledger must know: what is open, and what ended a short while ago.
CREATE INDEX orders_open ON ledger.orders (partition, symbol, priority_seq) WHERE status = 'open';
CREATE INDEX orders_ended ON ledger.orders (partition, updated_at) WHERE status <> 'open';

-- Orders that repeated one under the same client order id: their ids stay known for as long as those of orders that ended.
CREATE TABLE ledger.order_duplicates (
  order_id uuid PRIMARY KEY,
  partition integer NOT NULL,
  seq bigint NOT NULL,
  original_order_id uuid NOT NULL,
  account_id uuid NOT NULL,
  client_order_id text NOT NULL,
  time timestamptz NOT NULL
);
CREATE INDEX order_duplicates_by_time ON ledger.order_duplicates (partition, time);

CREATE TABLE ledger.amendments (
  amend_id uuid PRIMARY KEY,
  partition integer NOT NULL,
  seq bigint NOT NULL,
  order_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Why it was refused; null when it was not, and then the new terms follow.
  reason text,
  price_ticks bigint,
  quantity_lots bigint,
  keeps_priority boolean,
  time timestamptz NOT NULL,
  CHECK (num_nulls(reason, price_ticks) = 1)
);
CREATE INDEX amendments_of_order ON ledger.amendments (order_id);
CREATE INDEX amendments_by_time ON ledger.amendments (partition, time);

CREATE TABLE ledger.fills (
  partition integer NOT NULL,
  seq bigint NOT NULL,
  liquidity text NOT NULL CHECK (liquidity IN ('maker', 'taker')),
  order_id uuid NOT NULL,
  account_id uuid NOT NULL,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  price_ticks bigint NOT NULL CHECK (price_ticks > 0),
  quantity_lots bigint NOT NULL CHECK (quantity_lots > 0),
  base_amount bigint NOT NULL CHECK (base_amount > 0),
  quote_amount bigint NOT NULL CHECK (quote_amount > 0),
  -- What the account paid out of what it received.
  fee bigint NOT NULL CHECK (fee >= 0),
  fee_asset text NOT NULL,
  time timestamptz NOT NULL,
  PRIMARY KEY (partition, seq, liquidity)
);
CREATE INDEX fills_of_account ON ledger.fills (account_id, seq DESC);
CREATE INDEX fills_of_order ON ledger.fills (order_id);

CREATE TABLE ledger.deposits (
  deposit_id uuid PRIMARY KEY,
  partition integer NOT NULL,
  seq bigint NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  time timestamptz NOT NULL,
  UNIQUE (partition, seq)
);

-- Funds that went to or came from another partition, or for the partition's own number the outside.
CREATE TABLE ledger.transfers (
  transfer_id uuid NOT NULL,
  partition integer NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  seq bigint NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  other_partition integer NOT NULL,
  time timestamptz NOT NULL,
  PRIMARY KEY (partition, transfer_id, direction),
  UNIQUE (partition, seq)
);

-- Transfers that were refused: the core remembers who asked for money to go out.
CREATE TABLE ledger.refused_transfers (
  transfer_id uuid NOT NULL,
  partition integer NOT NULL,
  seq bigint NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  amount bigint NOT NULL,
  reason text NOT NULL,
  time timestamptz NOT NULL,
  PRIMARY KEY (partition, transfer_id)
);

-- Double entry: for each event and asset, the changes of all accounts cancel out.
CREATE TABLE ledger.ledger_entries (
  partition integer NOT NULL,
  seq bigint NOT NULL,
  -- Position within the event, from 0.
  entry_no smallint NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  free_delta bigint NOT NULL,
  held_delta bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('deposit', 'transfer', 'hold', 'release', 'trade', 'fee')),
  PRIMARY KEY (partition, seq, entry_no),
  CHECK (free_delta <> 0 OR held_delta <> 0)
);

CREATE TABLE ledger.balances (
  partition integer NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  free bigint NOT NULL,
  held bigint NOT NULL,
  updated_seq bigint NOT NULL,
  PRIMARY KEY (account_id, asset, partition),
  -- The account of the world outside owes what all others own, a transit account what came from its partition.
  CHECK ((free >= 0 AND held >= 0) OR account_id = '00000000-0000-0000-0000-000000000000' OR account_id::text LIKE '00000000-0000-0000-0001-%')
) WITH (fillfactor = 80);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on ledger.% is not allowed: what happened is only ever added to', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION ledger.check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT partition, seq, asset, sum(free_delta + held_delta) AS total INTO wrong
    FROM added GROUP BY partition, seq, asset HAVING sum(free_delta + held_delta) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the entries of event %/% do not balance: % of % too many', wrong.partition, wrong.seq, wrong.total, wrong.asset
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

-- Whoever it is: not even the owner of the tables rewrites history.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.ledger_entries EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.fills EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.deposits EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfers EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER balanced AFTER INSERT ON ledger.ledger_entries
  REFERENCING NEW TABLE AS added EXECUTE FUNCTION ledger.check_balanced();
