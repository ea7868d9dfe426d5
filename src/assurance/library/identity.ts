import * as cognito from 'aws-cdk-lib/aws-cognito';
import { ConstructFindings, findingsOf } from './finding';
import { AWS_SOLUTIONS } from './packs';
import { TradingUserPool } from '../../constructs/identity/trading-user-pool';

/** What is accepted in constructs of identity. */
export const IDENTITY: ConstructFindings[] = [
  findingsOf(TradingUserPool, {
    at: 'Resource/Resource', rule: 'COG2', packs: AWS_SOLUTIONS,
    when: ({ userPool }) => (userPool.node.defaultChild as cognito.CfnUserPool).mfaConfiguration === 'OPTIONAL',
    reason: 'A second factor is offered to everyone and left to them, as the pool was declared: `mfa` is OPTIONAL.',
    control: 'threat protection is enforced and access tokens live for 15 minutes',
  }),
];
