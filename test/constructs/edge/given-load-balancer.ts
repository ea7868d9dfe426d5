import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';

/** A load balancer that exists already. */
export function givenLoadBalancer(scope: Construct): elbv2.IApplicationLoadBalancer {
  return elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(scope, 'Balancer', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/mine/1234', loadBalancerDnsName: 'mine.example', securityGroupId: 'sg-1',
  });
}
