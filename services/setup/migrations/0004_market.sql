-- Up Migration
-- Market history: which days of candles are in the cold store, and the candles of late.

CREATE SCHEMA market;

-- A row is written after its file: what the index names can be read.
CREATE TABLE market.candle_days (
  symbol text NOT NULL,
  candle_interval text NOT NULL,
  day date NOT NULL,
  status text NOT NULL CHECK (status IN ('complete', 'incomplete')),
  candles integer NOT NULL CHECK (candles >= 0),
  -- Opening times that the exchange had no candle for; none when complete.
  missing timestamptz[] NOT NULL CHECK ((status = 'complete') = (missing = '{}')),
  object_key text NOT NULL,
  bytes integer NOT NULL CHECK (bytes > 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  source text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (symbol, candle_interval, day)
);

-- A partition per month of UTC. A new month is a new table, an old one is dropped in an instant, whatever it holds.
CREATE TABLE market.candles (
  symbol text NOT NULL,
  candle_interval text NOT NULL,
  open_time timestamptz NOT NULL,
  open numeric NOT NULL,
  high numeric NOT NULL,
  low numeric NOT NULL,
  close numeric NOT NULL,
  volume numeric NOT NULL CHECK (volume >= 0),
  turnover numeric NOT NULL CHECK (turnover >= 0),
  PRIMARY KEY (symbol, candle_interval, open_time),
  CHECK (low > 0 AND low <= least(open, close) AND high >= greatest(open, close))
) PARTITION BY RANGE (open_time);

-- Makes the partitions of the months from one day to another. Returns how many are new.
CREATE FUNCTION market.make_candle_months(from_day date, to_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month date := date_trunc('month', from_day::timestamp)::date;
  name text;
  made integer := 0;
BEGIN
  IF to_day > from_day + 3700 THEN
    RAISE EXCEPTION 'from % to % are more than ten years', from_day, to_day;
  END IF;
  -- Two that make the same month at once would not see each other's.
  PERFORM pg_advisory_xact_lock(hashtext('market.candles'));
  WHILE month <= to_day LOOP
    name := 'candles_' || to_char(month, 'YYYY_MM');
    IF to_regclass('market.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE market.%I PARTITION OF market.candles FOR VALUES FROM (%L) TO (%L)',
        name, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
      made := made + 1;
    END IF;
    month := (month + interval '1 month')::date;
  END LOOP;
  RETURN made;
END $$;

-- Drops the partitions of months that ended before a day. Their candles are in the cold store. Returns how many they were.
CREATE FUNCTION market.drop_candle_months(before_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  IF before_day > current_date - 28 THEN
    RAISE EXCEPTION 'candles since % are kept, % is later', current_date - 28, before_day;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('market.candles'));
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'market.candles'::regclass AND c.relname ~ '^candles_\d{4}_\d{2}$'
  LOOP
    IF (to_date(substr(name, 9), 'YYYY_MM') + interval '1 month')::date <= before_day THEN
      EXECUTE format('DROP TABLE market.%I', name);
      dropped := dropped + 1;
    END IF;
  END LOOP;
  RETURN dropped;
END $$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'history') THEN
    CREATE ROLE history LOGIN;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
    GRANT rds_iam TO history;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO history', current_database());
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA market FROM PUBLIC;
GRANT USAGE ON SCHEMA market TO api, history;
GRANT SELECT ON market.candle_days, market.candles TO api, history;
GRANT INSERT, UPDATE ON market.candle_days, market.candles TO history;
GRANT EXECUTE ON FUNCTION market.make_candle_months, market.drop_candle_months TO history;
