import type { Pool } from 'pg';
import type { Levels } from './combine';
import { type AccessRule, EVERYBODY, type StoredRule, type Subject, type SubjectKind } from './rule';

/** A change that an operator wants. */
export interface RuleChange extends Subject {
  /** The one that it replaces; 0: there is none. */
  readonly version: number;
  /** Undefined: remove it. */
  readonly rule?: AccessRule;
  readonly by: string;
  readonly reason: string;
}

/** What became of a change. */
export type Changed =
  | { readonly outcome: 'changed'; readonly version: number; readonly revision: number; readonly before?: AccessRule }
  /** There is another version, or 0 for none; there are as many rules as there may be. */
  | { readonly outcome: 'conflict' | 'full'; readonly version: number };

/** Rules that were changed after a revision. */
export interface Changes {
  /** Newest of all. */
  readonly revision: number;
  readonly rows: readonly StoredRule[];
}

/** Groups of an account, as a token said that is good until then. An account is there once at most. */
export interface Member {
  readonly accountId: string;
  readonly groups: readonly string[];
  readonly tokenUntil: Date;
}

/** Where the rules are kept. */
export interface AccessStore {
  /** Changes after a revision, oldest first; after 0 the rules that there are. */
  changesAfter(revision: number): Promise<Changes>;
  /** Rules by kind and id, those behind `after`. */
  list(limit: number, after?: Subject): Promise<readonly StoredRule[]>;
  find(subject: Subject): Promise<StoredRule | undefined>;
  change(change: RuleChange): Promise<Changed>;
  /** Groups that tokens named; an older token changes nothing. @param keyOwners whether those who have no API key are left out */
  noteGroups(members: readonly Member[], keyOwners: boolean): Promise<void>;
  groupsOf(accountId: string): Promise<readonly string[]>;
}

/** Most rules at a time: every API task has all of them in memory. */
export const MOST_RULES = 10_000;

interface Row {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly version: number;
  readonly rule: AccessRule | null;
  readonly revision: number;
  readonly changedBy: string;
  readonly changedAt: Date;
  readonly reason: string;
}

const COLUMNS = 'kind, id, version, rule, revision, changed_by AS "changedBy", changed_at AS "changedAt", reason';
const NOTE = `
  INSERT INTO access.members
  SELECT m."accountId", m.groups, m."tokenUntil" FROM jsonb_to_recordset($1) AS m ("accountId" uuid, groups text[], "tokenUntil" timestamptz)
  WHERE NOT $2 OR EXISTS (SELECT FROM access.api_keys AS k WHERE k.account_id = m."accountId")
  ON CONFLICT (account_id) DO UPDATE SET groups = excluded.groups, token_until = excluded.token_until WHERE excluded.token_until >= members.token_until`;

const storedOf = ({ rule, ...row }: Row): StoredRule => (rule === null ? row : { ...row, rule });

/** Rules in PostgreSQL, beside the API keys. */
export class PostgresAccessStore implements AccessStore {
  constructor(private readonly pool: Pool) {}

  async changesAfter(revision: number): Promise<Changes> {
    // One statement, one picture: no row of it is newer than the number.
    const text = `
      SELECT newest.revision AS newest, r.* FROM (SELECT coalesce(max(revision), 0) AS revision FROM access.rules) AS newest
      LEFT JOIN (SELECT ${COLUMNS} FROM access.rules WHERE revision > $1 AND ($1 > 0 OR rule IS NOT NULL)) AS r ON true ORDER BY r.revision`;
    const rows = await this.rows<Row & { readonly newest: number }>('changes', text, [revision]);
    const changed = rows.filter(({ kind }) => kind !== null).map(({ newest: _, ...row }) => storedOf(row));
    return { revision: rows[0].newest, rows: changed };
  }

  async list(limit: number, after: Subject = { kind: '' as SubjectKind, id: '' }): Promise<readonly StoredRule[]> {
    const text = `SELECT ${COLUMNS} FROM access.rules WHERE rule IS NOT NULL AND (kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3`;
    return (await this.rows<Row>('list', text, [after.kind, after.id, limit])).map(storedOf);
  }

  async find({ kind, id }: Subject): Promise<StoredRule | undefined> {
    return (await this.rows<Row>('find', `SELECT ${COLUMNS} FROM access.rules WHERE kind = $1 AND id = $2 AND rule IS NOT NULL`, [kind, id])).map(storedOf)[0];
  }

  async change({ kind, id, version, rule, by, reason }: RuleChange): Promise<Changed> {
    const [{ before, ...changed }] = await this.rows<{ readonly before: AccessRule | null; readonly outcome: 'changed'; readonly version: number; readonly revision: number }>(
      'change', 'SELECT * FROM access.change_rule($1, $2, $3, $4, $5, $6, $7)', [kind, id, version, rule === undefined ? null : JSON.stringify(rule), by, reason, MOST_RULES]);
    return before === null ? changed : { ...changed, before };
  }

  async noteGroups(members: readonly Member[], keyOwners: boolean): Promise<void> {
    await this.rows('note', NOTE, [JSON.stringify(members), keyOwners]);
  }

  /** What concerns one user, for those who have no copy of the rules. */
  async levelsOf(accountId: string, groups: readonly string[]): Promise<Levels> {
    const text = `
      SELECT kind, id, rule FROM access.rules
      WHERE rule IS NOT NULL AND ((kind = 'user' AND id = $1) OR (kind = 'group' AND id = ANY ($2)))`;
    const rows = await this.rows<Row>('levels', text, [accountId, [...groups, EVERYBODY]]);
    const of = (fits: (row: Row) => boolean): AccessRule[] => rows.filter(fits).map(({ rule }) => rule!);
    return [of(({ kind }) => kind === 'user'), of(({ kind, id }) => kind === 'group' && id !== EVERYBODY), of(({ kind, id }) => kind === 'group' && id === EVERYBODY)];
  }

  async groupsOf(accountId: string): Promise<readonly string[]> {
    const [row] = await this.rows<{ readonly groups: readonly string[] }>('groups', 'SELECT groups FROM access.members WHERE account_id = $1', [accountId]);
    return row?.groups ?? [];
  }

  private async rows<T extends object>(name: string, text: string, values: unknown[]): Promise<T[]> {
    return (await this.pool.query<T>({ name: `access-${name}`, text, values })).rows;
  }
}
