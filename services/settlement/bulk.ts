import type { ClientBase } from 'pg';

/** A column of many rows at once: its PostgreSQL type and how a row gives its value. */
export interface BulkColumn<Row> {
  readonly name: string;
  readonly type: string;
  readonly value: (row: Row) => unknown;
}

const column = <Row>(type: string) => (name: string, value: (row: Row) => unknown): BulkColumn<Row> => ({ name, type, value });

/** Makers of columns for one kind of row. */
export function columnsOf<Row>() {
  return {
    uuid: column<Row>('uuid'),
    text: column<Row>('text'),
    bigint: column<Row>('bigint'),
    integer: column<Row>('integer'),
    smallint: column<Row>('smallint'),
    boolean: column<Row>('boolean'),
    timestamp: column<Row>('timestamptz'),
    json: column<Row>('json'),
  };
}

/** A statement over any number of rows: one array per column goes over, whatever the number of rows. */
export class BulkStatement<Row> {
  private readonly text: string;

  /** @param sql makes the statement from `unnest(…)` over the columns; `$1` is the partition */
  constructor(private readonly columns: readonly BulkColumn<Row>[], sql: (names: string, rows: string) => string) {
    const arrays = columns.map(({ type }, i) => `$${i + 2}::${type}[]`).join(', ');
    const names = columns.map(({ name }) => name).join(', ');
    this.text = sql(names, `unnest(${arrays}) AS given (${names})`);
  }

  /** @returns how many rows the statement wrote */
  async run(client: ClientBase, partition: number, rows: readonly Row[]): Promise<number> {
    if (rows.length === 0) return 0;
    const values = this.columns.map(({ value }) => rows.map(value));
    const { rowCount } = await client.query(this.text, [partition, ...values]);
    return rowCount ?? 0;
  }

  /** A plain insert into a table whose first column is the partition. */
  static insert<Row>(table: string, columns: readonly BulkColumn<Row>[], conflict = ''): BulkStatement<Row> {
    return new BulkStatement(columns, (names, rows) => (
      `INSERT INTO ${table} (partition, ${names}) SELECT $1::integer, ${names} FROM ${rows} ${conflict}`
    ));
  }

  /** An insert that replaces the row that is there. @param key columns that tell rows apart */
  static upsert<Row>(table: string, key: readonly string[], columns: readonly BulkColumn<Row>[]): BulkStatement<Row> {
    const replaced = ['partition', ...columns.map(({ name }) => name)].filter((name) => !key.includes(name));
    return BulkStatement.insert(table, columns, `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}`);
  }
}
