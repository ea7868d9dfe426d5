/** What a template says about the security of a construct's resources, in the words of the overview. */
import type { TemplateResource } from './inventory';

type Properties = Record<string, unknown>;

interface Fact {
  readonly words: string;
  readonly types: RegExp;
  readonly holds: (properties: Properties, resource: TemplateResource) => boolean;
}

const text = (value: unknown): string => JSON.stringify(value ?? '');
const given = (value: unknown): boolean => value !== undefined && value !== false;

const STORES = /^AWS::(S3::Bucket|RDS::DB(Cluster|Instance)|DynamoDB::(Global)?Table|Kinesis::Stream|SQS::Queue|SNS::Topic|ElastiCache::(ReplicationGroup|ServerlessCache)|MSK::Cluster|AmazonMQ::Broker|Backup::BackupVault|ECR::Repository|SecretsManager::Secret|Logs::LogGroup)$/;

/** An instance of an Aurora cluster has the cluster's storage. */
const isMember = (properties: Properties): boolean => given(properties.DBClusterIdentifier);

/** One statement each; every resource that the pattern finds must make it true, and there must be one. */
const FACTS: readonly Fact[] = [
  {
    words: 'encrypted with a customer key',
    types: STORES,
    holds: (properties) => /KMSMasterKeyI[dD]|KmsMasterKeyId|KmsKeyId|KmsKeyArn|"KmsKey"|EncryptionKeyArn|DataVolumeKMSKeyId|"KeyId"/.test(text(properties))
      && !/alias\/aws\//.test(text(properties)) || isMember(properties),
  },
  {
    words: 'encrypted at rest',
    types: STORES,
    // What is not here encrypts always: logs, secrets, vaults, images, brokers and serverless caches.
    holds: (p, { Type }) => !/S3::Bucket|RDS|Kinesis|SQS|SNS|DynamoDB|ReplicationGroup/.test(Type) || isMember(p)
      || [p.BucketEncryption, p.StorageEncrypted, p.StreamEncryption, p.SqsManagedSseEnabled, p.KmsMasterKeyId, p.AtRestEncryptionEnabled].some(given)
      || /"SSEEnabled":true/.test(text(p)),
  },
  {
    words: 'key rotates yearly',
    types: /^AWS::KMS::Key$/,
    holds: ({ EnableKeyRotation, MultiRegion }) => given(EnableKeyRotation) || given(MultiRegion),
  },
  {
    words: 'TLS demanded',
    types: /^AWS::RDS::DB(Cluster)?ParameterGroup$/,
    holds: (p) => /"rds.force_ssl":"1"/.test(text(p)),
  },
  {
    words: 'TLS demanded',
    types: /^AWS::ElastiCache::ReplicationGroup$/,
    holds: (p) => given(p.TransitEncryptionEnabled),
  },
  {
    words: 'TLS demanded',
    types: /^AWS::(S3::Bucket|SQS::Queue|SNS::Topic)Policy$/,
    holds: (p) => text(p).includes('SecureTransport'),
  },
  {
    words: 'TLS demanded',
    types: /^AWS::MSK::Cluster$/,
    holds: (p) => text(p).includes('"ClientBroker":"TLS"'),
  },
  {
    words: 'TLS 1.2 or newer',
    types: /^AWS::ElasticLoadBalancingV2::Listener$/,
    holds: (p) => p.Protocol === 'HTTP' ? text(p).includes('redirect') : /TLS13|TLS-1-2/.test(text(p.SslPolicy)),
  },
  {
    words: 'TLS 1.2 or newer',
    types: /^AWS::CloudFront::Distribution$/,
    holds: (p) => /TLSv1\.[23]/.test(text(p)),
  },
  {
    words: 'HTTPS only',
    types: /^AWS::CloudFront::Distribution$/,
    holds: (p) => /redirect-to-https|https-only/.test(text(p)) && !text(p).includes('allow-all'),
  },
  {
    words: 'behind a web ACL',
    types: /^AWS::CloudFront::Distribution$/,
    holds: (p) => text(p).includes('WebACLId'),
  },
  {
    words: 'sign-in by IAM',
    types: /^AWS::(RDS::DBCluster|RDS::DBInstance|MSK::Cluster|RDS::DBProxy)$/,
    holds: (p) => given(p.EnableIAMDatabaseAuthentication) || /"Iam":\{"Enabled":true\}|"IAMAuth":"REQUIRED"/.test(text(p)) || given(p.DBClusterIdentifier),
  },
  {
    words: 'no public access',
    types: /^AWS::S3::Bucket$/,
    holds: (p) => (text(p.PublicAccessBlockConfiguration).match(/true/g) ?? []).length === 4,
  },
  {
    words: 'no public access',
    types: /^AWS::(RDS::DBInstance|AmazonMQ::Broker)$/,
    holds: (p) => p.PubliclyAccessible === false,
  },
  {
    words: 'internal address',
    types: /^AWS::ElasticLoadBalancingV2::LoadBalancer$/,
    holds: (p) => p.Scheme === 'internal',
  },
  {
    words: 'no public address',
    types: /^AWS::ECS::Service$/,
    holds: (p) => !text(p).includes('"AssignPublicIp":"ENABLED"'),
  },
  {
    words: 'read-only root, ordinary user, no capabilities',
    types: /^AWS::ECS::TaskDefinition$/,
    holds: (p) => /"ReadonlyRootFilesystem":true/.test(text(p)) && /"Drop":\["ALL"\]/.test(text(p)) && !/"User":"(0|root)/.test(text(p)),
  },
  {
    words: 'IMDSv2',
    types: /^AWS::EC2::LaunchTemplate$/,
    holds: (p) => text(p).includes('"HttpTokens":"required"'),
  },
  {
    words: 'closed to address ranges',
    types: /^AWS::EC2::SecurityGroup$/,
    holds: (p) => !/"CidrIp(v6)?":"(0\.0\.0\.0|::)\/0"/.test(text(p.SecurityGroupIngress)),
  },
  {
    words: 'object lock',
    types: /^AWS::S3::Bucket$/,
    holds: (p) => given(p.ObjectLockEnabled),
  },
  {
    words: 'rotated secret',
    types: /^AWS::SecretsManager::RotationSchedule$/,
    holds: () => true,
  },
  {
    words: 'MFA',
    types: /^AWS::Cognito::UserPool$/,
    holds: (p) => p.MfaConfiguration === 'ON' || p.MfaConfiguration === 'OPTIONAL',
  },
  {
    words: 'immutable tags, scanned',
    types: /^AWS::ECR::Repository$/,
    holds: (p) => p.ImageTagMutability === 'IMMUTABLE' && text(p).includes('"ScanOnPush":true'),
  },
  {
    words: 'deletion protection',
    types: /^AWS::(RDS::DB(Cluster|Instance)|RDS::GlobalCluster|Cognito::UserPool|DynamoDB::(Global)?Table|ElasticLoadBalancingV2::LoadBalancer)$/,
    holds: (p, { Type }) =>
      p.DeletionProtection === true || p.DeletionProtection === 'ACTIVE' || p.DeletionProtectionEnabled === true || (Type === 'AWS::RDS::DBInstance' && given(p.DBClusterIdentifier))
      || /"DeletionProtectionEnabled":true|"deletion_protection.enabled","Value":"true"/.test(text(p)),
  },
  {
    words: 'state retained',
    types: /^AWS::(S3::Bucket|RDS::(DBCluster|DBInstance|GlobalCluster)|DynamoDB::(Global)?Table|Kinesis::Stream|SQS::Queue|Cognito::UserPool|KMS::Key|SecretsManager::Secret|MSK::Cluster|AmazonMQ::Broker|Backup::BackupVault|ElastiCache::(ReplicationGroup|ServerlessCache))$/,
    holds: (properties, { DeletionPolicy }) => isMember(properties) || (DeletionPolicy !== undefined && DeletionPolicy !== 'Delete'),
  },
];

/** Facts that hold of every resource that they are about, in the order above. */
export function securityFacts(resources: readonly TemplateResource[]): string[] {
  const held = FACTS.filter(({ types, holds }) => {
    const about = resources.filter(({ Type }) => types.test(Type));
    return about.length > 0 && about.every((resource) => holds(resource.Properties ?? {}, resource));
  });
  const words = [...new Set(held.map((fact) => fact.words))];
  return words.includes('encrypted with a customer key') ? words.filter((word) => word !== 'encrypted at rest') : words;
}
