-- Up Migration
-- Who may do what. The roles have no password: in AWS they sign in with IAM tokens, which membership in rds_iam asks for.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['settlement', 'api', 'recovery'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
      EXECUTE format('GRANT rds_iam TO %I', name);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO settlement, api, recovery;

-- Whoever builds a core out of the ledger reads all of it and changes nothing.
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO recovery;

GRANT SELECT ON ledger.partitions, ledger.instruments, ledger.trading_states, ledger.accounts, ledger.markets, ledger.orders, ledger.amendments,
  ledger.fills, ledger.balances TO api;

GRANT SELECT, INSERT ON ledger.partitions, ledger.instruments, ledger.trading_states, ledger.accounts, ledger.markets, ledger.orders,
  ledger.order_duplicates, ledger.amendments, ledger.refused_transfers, ledger.balances TO settlement;
GRANT INSERT ON ledger.fills, ledger.deposits, ledger.transfers, ledger.ledger_entries TO settlement;
GRANT UPDATE (last_seq, epoch, core_version, core_time, halted_seq, halted_reason, halted_at, refused_message, refused_count, updated_at)
  ON ledger.partitions TO settlement;
GRANT UPDATE (partition, version, spec, updated_seq) ON ledger.instruments TO settlement;
GRANT UPDATE ON ledger.orders, ledger.order_duplicates, ledger.amendments, ledger.refused_transfers, ledger.trading_states, ledger.accounts, ledger.markets TO settlement;
GRANT UPDATE (free, held, updated_seq) ON ledger.balances TO settlement;
-- Read models of trades are made again from the fills.
GRANT SELECT ON ledger.fills TO settlement;
