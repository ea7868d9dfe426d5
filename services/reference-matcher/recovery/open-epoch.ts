import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
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
    throw new Error(`the lease of partition ${partition} in ${table} stands at epoch ${epoch} or later: a matcher leads here, or has led; stop the matchers first`);
  } finally {
    client.destroy();
  }
}
