/** What a box is coloured by. */
export type Category = 'compute' | 'data' | 'messaging' | 'network' | 'edge' | 'identity' | 'operations';

/** An AWS service as people call it. */
export interface Service {
  readonly name: string;
  readonly category: Category;
  /** Whether resources of this type only help others: they are named in a box only when it has nothing else. */
  readonly helper?: boolean;
}

const service = (category: Category, name: string): Service => ({ name, category });
const helper = (category: Category, name: string): Service => ({ name, category, helper: true });

/** By type, or by the beginning of types; the longest that fits counts. The order is that in which a box names them. */
const SERVICES: Readonly<Record<string, Service>> = {
  'AWS::ECS::Service': service('compute', 'ECS service'),
  'AWS::ECS::Cluster': service('compute', 'ECS cluster'),
  'AWS::ECS::TaskDefinition': service('compute', 'ECS task'),
  'AWS::ECS::CapacityProvider': service('compute', 'ECS capacity'),
  'AWS::AutoScaling::AutoScalingGroup': service('compute', 'EC2 Auto Scaling'),
  'AWS::Lambda::Function': service('compute', 'Lambda'),
  'AWS::Lambda::LayerVersion': helper('compute', 'Lambda layer'),
  'AWS::Scheduler::Schedule': service('messaging', 'EventBridge Scheduler'),
  'AWS::Events::Rule': service('messaging', 'EventBridge rule'),
  'AWS::RDS::DBCluster': service('data', 'Aurora PostgreSQL'),
  'AWS::RDS::GlobalCluster': service('data', 'Aurora global database'),
  'AWS::RDS::DBInstance': service('data', 'RDS instance'),
  'AWS::DynamoDB': service('data', 'DynamoDB'),
  'AWS::ElastiCache': service('data', 'ElastiCache'),
  'AWS::S3::Bucket': service('data', 'S3'),
  'AWS::S3::BucketPolicy': helper('data', 'S3'),
  'AWS::Backup': service('data', 'AWS Backup'),
  'AWS::Kinesis::Stream': service('messaging', 'Kinesis stream'),
  'AWS::Kinesis::StreamConsumer': helper('messaging', 'Kinesis consumer'),
  'AWS::KinesisFirehose': service('messaging', 'Data Firehose'),
  'AWS::MSK::Cluster': service('messaging', 'MSK (Kafka)'),
  'AWS::AmazonMQ::Broker': service('messaging', 'Amazon MQ'),
  'AWS::SNS::Topic': service('messaging', 'SNS'),
  'AWS::SQS::Queue': service('messaging', 'SQS'),
  'AWS::SQS::QueuePolicy': helper('messaging', 'SQS'),
  'AWS::SNS': helper('messaging', 'SNS'),
  'AWS::ApiGateway::RestApi': service('edge', 'API Gateway (REST)'),
  'AWS::ApiGatewayV2::Api': service('edge', 'API Gateway (WebSocket)'),
  'AWS::ApiGatewayV2::VpcLink': service('edge', 'VPC link'),
  'AWS::ApiGateway': helper('edge', 'API Gateway'),
  'AWS::ApiGatewayV2': helper('edge', 'API Gateway'),
  'AWS::CloudFront::Distribution': service('edge', 'CloudFront'),
  'AWS::CloudFront::VpcOrigin': helper('edge', 'CloudFront'),
  'AWS::WAFv2::WebACL': service('edge', 'WAF'),
  'AWS::Cognito::UserPool': service('identity', 'Cognito'),
  'AWS::Cognito': helper('identity', 'Cognito'),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': service('network', 'Load balancer'),
  'AWS::EC2::VPC': service('network', 'VPC'),
  'AWS::EC2::NatGateway': service('network', 'NAT gateway'),
  'AWS::EC2::VPCEndpoint': service('network', 'VPC endpoints'),
  'AWS::ServiceDiscovery::PrivateDnsNamespace': service('network', 'Cloud Map'),
  'AWS::Route53::RecordSet': service('network', 'Route 53 records'),
  'AWS::Route53::HealthCheck': service('network', 'Route 53 health checks'),
  'AWS::Route53': service('network', 'Route 53'),
  'AWS::CertificateManager': service('network', 'Certificate Manager'),
  'AWS::ARCRegionSwitch': service('operations', 'ARC region switch'),
  'AWS::CloudWatch::Dashboard': service('operations', 'CloudWatch dashboard'),
  'AWS::Budgets': service('operations', 'Budgets'),
  'AWS::CE': service('operations', 'Cost anomaly detection'),
  'AWS::XRay': helper('operations', 'X-Ray sampling'),
  'AWS::SecretsManager::Secret': service('identity', 'Secrets Manager'),
  'AWS::KMS::Key': helper('identity', 'KMS keys'),
  'AWS::CloudWatch': helper('operations', 'CloudWatch alarms'),
  'AWS::Logs': helper('operations', 'CloudWatch logs'),
  'AWS::IAM': helper('identity', 'IAM'),
  'AWS::EC2::SecurityGroup': helper('network', 'Security groups'),
  'Custom::CDKBucketDeployment': helper('data', 'upload of files'),
  'Custom::Trigger': helper('compute', 'runs once at deployment'),
};

const NAMES = Object.keys(SERVICES);
const OTHER: Service = { name: 'other', category: 'operations', helper: true };

export function serviceOf(type: string): Service {
  const name = NAMES.filter((known) => type === known || type.startsWith(`${known}::`)).sort((a, b) => b.length - a.length)[0];
  return name === undefined ? OTHER : SERVICES[name];
}

/** Services of a box: the real ones in their order, or what helps when there is nothing else. */
export function servicesOf(types: readonly string[]): Service[] {
  const all = [...new Set(types)].map(serviceOf);
  const rank = new Map(Object.values(SERVICES).map((known, index) => [known, index]));
  const main = all.filter((each) => each.helper !== true);
  const chosen = (main.length > 0 ? main : all.filter((each) => each !== OTHER)).sort((a, b) => rank.get(a)! - rank.get(b)!);
  const names = new Set<string>();
  return chosen.filter(({ name }) => !names.has(name) && names.add(name)).filter(({ name }, _, list) => !isPartOf(name, list));
}

/** An instance of a cluster and a task of a service need no name of their own. */
function isPartOf(name: string, list: readonly Service[]): boolean {
  const has = (other: string): boolean => list.some((each) => each.name === other);
  return (name === 'RDS instance' && has('Aurora PostgreSQL')) || (name === 'ECS task' && has('ECS service'));
}
