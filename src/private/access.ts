/** IAM actions by kind of environment value and access: all that a service with such a value may do, and no more. */
export const ACTIONS = {
  stream: {
    read: ['kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
    write: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord', 'kinesis:PutRecords'],
  },
  // What Lambda asks for besides, when it reads a stream for a function.
  streamEventSource: ['kinesis:DescribeStream'],
  // What Lambda asks for when it reads the changes of a table for a function; all of them name the stream of the one table.
  tableEventSource: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  streamConsumer: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
  queue: {
    send: ['sqs:SendMessage'],
    consume: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  },
  table: {
    append: ['dynamodb:PutItem'],
    read: ['dynamodb:GetItem', 'dynamodb:Query'],
    readWrite: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  },
  tableIndex: ['dynamodb:Query'],
  bucket: {
    read: ['s3:GetObject'],
    write: ['s3:PutObject'],
    readWrite: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
  },
  bucketList: ['s3:ListBucket'],
  secretArn: ['secretsmanager:GetSecretValue'],
  database: ['rds-db:connect'],
};

/** KMS actions that the same access needs on a customer key. SQS decrypts its own data key when it sends. */
export const KEY_ACTIONS = {
  stream: { read: ['kms:Decrypt'], write: ['kms:GenerateDataKey'] },
  queue: { send: ['kms:Decrypt', 'kms:GenerateDataKey'], consume: ['kms:Decrypt'] },
  table: { append: ['kms:Decrypt', 'kms:DescribeKey'], read: ['kms:Decrypt', 'kms:DescribeKey'], readWrite: ['kms:Decrypt', 'kms:DescribeKey'] },
  bucket: { read: ['kms:Decrypt'], write: ['kms:GenerateDataKey'], readWrite: ['kms:Decrypt', 'kms:GenerateDataKey'] },
  secretArn: ['kms:Decrypt'],
};
