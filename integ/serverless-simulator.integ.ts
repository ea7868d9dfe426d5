import { ExpectedResult } from '@aws-cdk/integ-tests-alpha';
import { App, Duration } from 'aws-cdk-lib';
import { ServerlessSimulator, SimulatorStage } from '../src';
import { integTest } from './apps/integ-test';
import { as, person } from './apps/people';
import { SYSTEM_OBJECTIVES } from './drill/objectives';

/** Deploys the smallest ServerlessSimulator, and buys and sees it in the portfolio and in the table. */
export function build(app: App): void {
  const system = new ServerlessSimulator(app, 'ServerlessSimulator', { stage: SimulatorStage.MVP, recoveryObjective: SYSTEM_OBJECTIVES.ServerlessSimulator });
  const integ = integTest(app, system);
  const url = system.site.site.url;
  const patience = { totalTimeout: Duration.minutes(5), interval: Duration.seconds(10) };
  const trader = person(integ, url, system.data.identity, 'integ-trader');
  const { get, post } = as(integ, url, trader);
  const portfolio = get('/v1/portfolio');
  portfolio.expect(ExpectedResult.objectLike({ status: 200, body: { trades: 1 } })).waitForAssertions(patience);
  const stored = integ.assertions.awsApiCall('@aws-sdk/client-dynamodb', 'Query', {
    TableName: system.data.trades.table.tableName, KeyConditionExpression: 'userId = :user', ExpressionAttributeValues: { ':user': { S: trader.accountId } }, Select: 'COUNT',
  });
  // The trade, and the wallet beside it.
  stored.assertAtPath('Count', ExpectedResult.stringLikeRegexp('^[1-9]'));
  trader.signedIn
    .next(post('/v1/trades', { symbol: 'BTCUSDT', action: 'BUY', quantity: '0.25', clientTradeId: 'integ-buy' }, 201))
    .next(portfolio)
    .next(stored);
}

if (require.main === module) build(new App());
