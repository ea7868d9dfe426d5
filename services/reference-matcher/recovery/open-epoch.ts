import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Pool } from 'pg';
import { awsClientSettings } from '../../runtime';

/**
 * Writes a lease that nobody holds, at an epoch above that of the lost region: whoever takes it leads with the next one.
 *
 * @throws Error when the lease stands at that epoch or beyond: matchers run here already
 */
export async function openEpoch(table: string, partition: number, epoch: number, publishedSeq: number): Promise<void> {
  const client = new DynamoDBClient(awsClientSettings());
  try {
    await client.send(new UpdateItemCommand({
      TableName: table,
      Key: { partition: { S: String(partition) } },
      UpdateExpression: 'SET #owner = :nobody, #epoch = :epoch, #published = :seq, #version = if_not_exists(#version, :none) + :one',
      ConditionExpression: 'attribute_not_exists(#epoch) OR #epoch < :epoch OR (#epoch = :epoch AND #owner = :nobody)',
      ExpressionAttributeNames: { '#owner': 'owner', '#epoch': 'epoch', '#published': 'publishedSeq', '#version': 'version' },
      ExpressionAttributeValues: {
        ':nobody': { S: '' }, ':epoch': { N: String(epoch) }, ':seq': { N: String(publishedSeq) }, ':none': { N: '0' }, ':one': { N: '1' },
      },
    }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw taken(partition, table, epoch);
  } finally {
    client.destroy();
  }
}

/**
 * The same in the table of a database, for a role that may write it.
 *
 * @throws Error when the lease stands at that epoch or beyond
 */
export async function openEpochInDatabase(pool: Pool, partition: number, epoch: number, publishedSeq: number): Promise<void> {
  const { rowCount } = await pool.query(`INSERT INTO journal.leases AS l (partition, owner, epoch, version, published_seq) VALUES ($1, '', $2, 1, $3)
    ON CONFLICT (partition) DO UPDATE SET owner = '', epoch = excluded.epoch, version = l.version + 1, published_seq = excluded.published_seq, renewed_at = clock_timestamp()
    WHERE l.epoch < excluded.epoch OR (l.epoch = excluded.epoch AND l.owner = '')`, [partition, epoch, publishedSeq]);
  if (rowCount === 0) throw taken(partition, 'the database', epoch);
}

function taken(partition: number, where: string, epoch: number): Error {
  return new Error(`the lease of partition ${partition} in ${where} stands at epoch ${epoch} or later: a matcher leads here, or has led; stop the matchers first`);
}
