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
  -- As in the event: symbol, base and quote {code, decimals}, tickSize, lotSize, version.
  spec jsonb NOT NULL,
  updated_seq bigint NOT NULL
);

CREATE TABLE ledger.orders (
  order_id uuid PRIMARY KEY,
  partition integer NOT NULL,
  account_id uuid NOT NULL,
  client_order_id text NOT NULL,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  type text NOT NULL CHECK (type IN ('limit', 'market')),
  time_in_force text NOT NULL CHECK (time_in_force IN ('gtc', 'ioc')),
  -- 0 for a market order.
  price_ticks bigint NOT NULL CHECK (price_ticks >= 0),
  quantity_lots bigint NOT NULL CHECK (quantity_lots >= 0),
  remaining_lots bigint NOT NULL CHECK (remaining_lots BETWEEN 0 AND quantity_lots),
  status text NOT NULL CHECK (status IN ('open', 'filled', 'cancelled', 'rejected')),
  -- Why it was cancelled or rejected.
  reason text,
  created_seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  updated_seq bigint NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (status <> 'filled' OR remaining_lots = 0),
  CHECK (status <> 'open' OR remaining_lots > 0),
  CHECK ((reason IS NOT NULL) = (status IN ('cancelled', 'rejected')))
) WITH (fillfactor = 80);
-- An account's orders, newest first: page with (created_seq, order_id) < (…, …).
CREATE INDEX orders_of_account ON ledger.orders (account_id, created_seq DESC, order_id DESC);

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
  kind text NOT NULL CHECK (kind IN ('deposit', 'hold', 'release', 'trade')),
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
  -- The account of the world outside owes what all others own.
  CHECK ((free >= 0 AND held >= 0) OR account_id = '00000000-0000-0000-0000-000000000000')
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
CREATE TRIGGER balanced AFTER INSERT ON ledger.ledger_entries
  REFERENCING NEW TABLE AS added EXECUTE FUNCTION ledger.check_balanced();
