import type { Client } from 'pg';

/** Name, password and database of the administrator. */
export interface AdminAccount {
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly database: string;
}

/**
 * What Aurora has before anybody connects: the role `rds_iam`, the administrator and its database. Changes nothing that is
 * already so, except that the administrator's password becomes the given one.
 *
 * @param connect a client for the superuser in the named database
 */
export async function prepareDatabase(connect: (database: string) => Client, account: AdminAccount): Promise<void> {
  await using(connect('postgres'), async (client) => {
    const admin = client.escapeIdentifier(account.adminUser);
    await makeRole(client, 'rds_iam', 'NOLOGIN');
    await makeRole(client, 'rds_superuser', 'NOLOGIN');
    await client.query('GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION');
    await makeRole(client, account.adminUser, 'LOGIN CREATEDB CREATEROLE');
    await client.query(`ALTER ROLE ${admin} PASSWORD ${client.escapeLiteral(account.adminPassword)}`);
    // May hand it out, does not use it itself.
    await client.query(`GRANT rds_iam TO ${admin} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
    await client.query(`GRANT rds_superuser TO ${admin}`);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [account.database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(account.database)} OWNER ${admin}`);
  });
  // In Aurora the administrator may create objects in `public` of its database.
  await using(connect(account.database), (client) => client.query(`GRANT ALL ON SCHEMA public TO ${client.escapeIdentifier(account.adminUser)}`));
}

async function makeRole(client: Client, name: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  if (!rowCount) await client.query(`CREATE ROLE ${client.escapeIdentifier(name)} ${attributes}`);
}

async function using(client: Client, work: (client: Client) => Promise<unknown>): Promise<void> {
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
