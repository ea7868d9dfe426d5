import { ExpectedResult, type IApiCall, type IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { as, person } from './people';
import type { TradingUserPool } from '../../src';

/** Where an exchange is reached, and what its orders pass. */
export interface Exchange {
  readonly url: string;
  readonly identity: TradingUserPool;
  /** Undefined where orders go to Kafka. */
  readonly journal?: kinesis.IStream;
  readonly deadLetters: readonly sqs.IQueue[];
}

/** Fills and ledger rows come within seconds; a function that has never run takes longer. */
const PATIENCE = { totalTimeout: Duration.minutes(5), interval: Duration.seconds(10) };

/** An order from sign-in to the ledger, through the public door: two people trade with each other, and the ledger has both sides of it. */
export function assertTrade(integ: IntegTest, { url, identity, journal, deadLetters }: Exchange): void {
  const health = integ.assertions.httpApiCall(`${url}/health`);
  health.expect(ExpectedResult.objectLike({ status: 200 })).waitForAssertions(PATIENCE);
  const [seller, buyer, operator] = [person(integ, url, identity, 'integ-seller'), person(integ, url, identity, 'integ-buyer'), person(integ, url, identity, 'integ-operator', true)];
  const deposit = (account: string, asset: string, amount: string, id: number): IApiCall => (
    as(integ, url, operator).post('/v1/admin/deposits', { accountId: account, asset, amount, depositId: `00000000-0000-4000-8000-00000000000${id}` }, 202));
  const order = (side: string): object => (
    { symbol: 'BTCUSDT', side, type: 'limit', price: '60000.1', quantity: '0.001', timeInForce: 'gtc', clientOrderId: `integ-${side}` });
  const funded = as(integ, url, seller).get('/v1/portfolio');
  funded.expect(ExpectedResult.objectLike({ status: 200, body: { balances: [{ asset: 'BTC', free: '1' }] } })).waitForAssertions(PATIENCE);
  // What cannot be paid for is refused by the core, so the money must be there first.
  const paid = as(integ, url, buyer).get('/v1/portfolio');
  paid.expect(ExpectedResult.objectLike({ status: 200, body: { balances: [{ asset: 'USDT', free: '1000' }] } })).waitForAssertions(PATIENCE);
  const bought = as(integ, url, buyer).get('/v1/orders?limit=1');
  bought.expect(ExpectedResult.objectLike({ status: 200, body: { orders: [{ clientOrderId: 'integ-buy', status: 'filled' }] } })).waitForAssertions(PATIENCE);
  const sold = as(integ, url, seller).get('/v1/orders?limit=1');
  sold.expect(ExpectedResult.objectLike({ status: 200, body: { orders: [{ clientOrderId: 'integ-sell', status: 'filled' }] } })).waitForAssertions(PATIENCE);

  health.next(seller.made);
  seller.signedIn.next(buyer.made);
  buyer.signedIn.next(operator.made);
  operator.signedIn
    .next(deposit(seller.accountId, 'BTC', '1', 1))
    .next(deposit(buyer.accountId, 'USDT', '1000', 2))
    .next(funded)
    .next(paid)
    .next(as(integ, url, seller).post('/v1/orders', order('sell'), 202))
    .next(as(integ, url, buyer).post('/v1/orders', order('buy'), 202))
    .next(bought)
    .next(sold)
    .next(nothingDead(integ, deadLetters, journal));
}

/** The wiring: the journal takes records, and nothing lies in the dead-letter queues. */
function nothingDead(integ: IntegTest, queues: readonly sqs.IQueue[], journal?: kinesis.IStream): IApiCall {
  const calls = queues.map((queue) => {
    const call = integ.assertions.awsApiCall('@aws-sdk/client-sqs', 'GetQueueAttributes', { QueueUrl: queue.queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    call.expect(ExpectedResult.objectLike({ Attributes: { ApproximateNumberOfMessages: '0' } }));
    return call;
  });
  if (journal) {
    const stream = integ.assertions.awsApiCall('@aws-sdk/client-kinesis', 'DescribeStreamSummary', { StreamName: journal.streamName }, ['StreamDescriptionSummary']);
    stream.expect(ExpectedResult.objectLike({ 'StreamDescriptionSummary.StreamStatus': 'ACTIVE' }));
    calls.push(stream);
  }
  const [first, ...rest] = calls;
  rest.reduce((before, call) => before.next(call), first);
  return first;
}
