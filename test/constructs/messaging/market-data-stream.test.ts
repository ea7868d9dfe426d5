import { Template } from 'aws-cdk-lib/assertions';
import { MarketDataStream } from '../../../src';
import { testStack } from '../../support/apps';

test('follows the load and keeps a day of ticks', () => {
  const stack = testStack();
  new MarketDataStream(stack, 'MarketData');
  Template.fromStack(stack).hasResource('AWS::Kinesis::Stream', {
    DeletionPolicy: 'Retain',
    Properties: {
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: 24,
      StreamEncryption: { EncryptionType: 'KMS' },
    },
  });
});
