import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** A function that exists already. */
export function givenFunction(scope: Construct, name: string): lambda.IFunction {
  return lambda.Function.fromFunctionAttributes(scope, `Given${name}`, {
    functionArn: `arn:aws:lambda:us-east-1:111111111111:function:${name}`, sameEnvironment: true,
  });
}

/** Where alarms go: a topic that exists already. */
export function givenAlarmAction(scope: Construct): cloudwatch.IAlarmAction {
  return new actions.SnsAction(sns.Topic.fromTopicArn(scope, 'GivenTopic', 'arn:aws:sns:us-east-1:111111111111:alarms'));
}

/** A web ACL that exists already. */
export function givenWebAcl(scope: Construct, webAclScope: 'REGIONAL' | 'CLOUDFRONT'): wafv2.IWebACLRef {
  const webAclArn = `arn:aws:wafv2:us-east-1:111111111111:${webAclScope === 'REGIONAL' ? 'regional' : 'global'}/webacl/given/1234`;
  return { env: Stack.of(scope).env, node: scope.node, webAclRef: { webAclArn } } as unknown as wafv2.IWebACLRef;
}
