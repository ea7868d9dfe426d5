-- Up Migration
-- What operators let users and groups do. A rule is changed through one function, which keeps every version: nobody who may change one can hide that.

CREATE TABLE access.rules (
  kind text NOT NULL CHECK (kind IN ('user', 'group')),
  id text NOT NULL CHECK (length(id) BETWEEN 1 AND 128),
  version bigint NOT NULL CHECK (version > 0),
  -- Null: it was removed. The row stays, so that whoever follows the revisions hears of it.
  rule jsonb CHECK (jsonb_typeof(rule) = 'object' AND length(rule::text) <= 65536),
  -- Without a gap over all rules, in the order in which the changes were committed.
  revision bigint NOT NULL UNIQUE,
  changed_by uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  PRIMARY KEY (kind, id)
);

CREATE TABLE access.rule_versions (
  LIKE access.rules INCLUDING CONSTRAINTS,
  PRIMARY KEY (kind, id, version)
);

-- Groups of those who have API keys, as their last token said: a key itself knows its account alone.
CREATE TABLE access.members (
  account_id uuid PRIMARY KEY,
  groups text[] NOT NULL CHECK (cardinality(groups) <= 100),
  -- End of that token: of two the later one is right.
  token_until timestamptz NOT NULL
);

-- The outcome is changed, with the version and the revision that it has now; conflict, with the version there is (0: no rule); or full.
CREATE FUNCTION access.change_rule(
  in_kind text, in_id text, in_version bigint, in_rule jsonb, in_by uuid, in_reason text, in_most bigint,
  OUT outcome text, OUT version bigint, OUT revision bigint, OUT before jsonb
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last access.rules;
BEGIN
  -- One after the other: a revision is seen only when all before it are.
  PERFORM pg_advisory_xact_lock(hashtextextended('access.rules', 9));
  SELECT * INTO last FROM access.rules AS r WHERE r.kind = in_kind AND r.id = in_id;
  version := CASE WHEN last.rule IS NULL THEN 0 ELSE last.version END;
  before := last.rule;
  IF version <> in_version OR (version = 0 AND in_rule IS NULL) THEN
    outcome := 'conflict';
    RETURN;
  END IF;
  IF version = 0 AND (SELECT count(*) FROM access.rules AS r WHERE r.rule IS NOT NULL) >= in_most THEN
    outcome := 'full';
    RETURN;
  END IF;
  outcome := 'changed';
  version := coalesce(last.version, 0) + 1;
  revision := coalesce((SELECT max(r.revision) FROM access.rules AS r), 0) + 1;
  INSERT INTO access.rules AS r VALUES (in_kind, in_id, change_rule.version, in_rule, change_rule.revision, in_by, clock_timestamp(), in_reason)
  ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, rule = excluded.rule, revision = excluded.revision,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at, reason = excluded.reason;
  INSERT INTO access.rule_versions SELECT * FROM access.rules AS r WHERE r.kind = in_kind AND r.id = in_id;
END $$;

-- The service that tells users what they may do; it reads rules and nothing else.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'users') THEN
    CREATE ROLE users LOGIN;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
    GRANT rds_iam TO users;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO users', current_database());
END $$;

REVOKE ALL ON FUNCTION access.change_rule FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access.change_rule TO api;
GRANT SELECT ON access.rules, access.rule_versions TO api;
GRANT USAGE ON SCHEMA access TO users;
GRANT SELECT ON access.rules TO users;
GRANT SELECT, INSERT, UPDATE ON access.members TO api;
