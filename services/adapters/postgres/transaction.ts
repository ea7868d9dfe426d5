import type { Pool, PoolClient } from 'pg';

const ignore = (): void => undefined;

/**
 * Runs `work` in a transaction of its own and commits it, or rolls it back and throws what `work` threw. A commit whose answer was
 * lost throws too, although it may have taken place.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let usable = true;
  // While it is out of the pool, a client whose connection breaks would end the process if nobody listened; the next statement says so.
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      usable = false;
    });
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(!usable);
  }
}
