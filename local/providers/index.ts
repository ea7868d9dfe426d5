import { amazonMq } from './amazonmq';
import { apiGateway } from './apigateway';
import { apiGatewayV2 } from './apigatewayv2';
import { cognito } from './cognito';
import { dynamodb } from './dynamodb';
import { ecs } from './ecs';
import { elastiCache } from './elasticache';
import { elasticLoadBalancing } from './elbv2';
import { firehose } from './firehose';
import { kinesis } from './kinesis';
import { lambda } from './lambda';
import type { Provider } from './provider';
import { rds } from './rds';
import { s3 } from './s3';
import { scheduler } from './scheduler';
import { secretsManager } from './secretsmanager';
import { serviceDiscovery } from './servicediscovery';
import { sqs } from './sqs';
import { ssm } from './ssm';
import { triggers } from './triggers';

/** Every AWS service that has a stand-in on this machine. */
export const PROVIDERS: readonly Provider[] = [
  secretsManager, ssm, rds, elastiCache, sqs, s3, kinesis, dynamodb, cognito, lambda, triggers, elasticLoadBalancing, ecs,
  amazonMq, apiGateway, apiGatewayV2, scheduler, firehose, serviceDiscovery,
];

/** The one provider of a resource type. @throws Error when two claim it: a fault of this program */
export function providersByType(providers: readonly Provider[] = PROVIDERS): ReadonlyMap<string, Provider> {
  const byType = new Map<string, Provider>();
  for (const provider of providers) {
    for (const type of provider.types) {
      const other = byType.get(type);
      if (other) throw new Error(`${type} is claimed by the providers ${other.service} and ${provider.service}`);
      byType.set(type, provider);
    }
  }
  return byType;
}
