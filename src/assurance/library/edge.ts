import { Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { IConstruct } from 'constructs';
import { findingsOf, has, withoutKey } from './finding';
import { AWS_SOLUTIONS, HIPAA_AND_R5, NIST_R4, REGULATED, WITHOUT_R4 } from './packs';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingDistribution } from '../../constructs/edge/trading-distribution';
import { TradingWebAcl } from '../../constructs/edge/trading-web-acl';

interface DistributionConfig { readonly restrictions?: unknown; readonly viewerCertificate?: unknown }

const configOf = (resource: IConstruct): DistributionConfig =>
  (Stack.of(resource).resolve((resource as cloudfront.CfnDistribution).distributionConfig) as DistributionConfig | undefined) ?? {};

const EVERY_COUNTRY = {
  at: 'Resource/Resource', rule: 'CFR1', packs: AWS_SOLUTIONS, foundIn: (resource: IConstruct) => configOf(resource).restrictions === undefined,
  reason: 'The platform decides by `geoRestriction` whom it serves; without it the site is meant for users of every country.',
  control: 'a web ACL with reputation lists and rate limits stands before every request',
};

const ORIGIN_SECRET = {
  at: 'Resource/Resource',
  reason: 'Both ends take the value when they are deployed; a rotation between two deployments would shut the distribution out of its own origin.',
  control: 'replaced by a second secret that the origin accepts beside the first; it opens the origin to CloudFront\'s addresses only',
};

const SITE = { at: 'Bucket/Resource', when: has('Bucket') };

/** What is accepted in constructs of edge. */
export const EDGE = [
  findingsOf(TradingDistribution,
    EVERY_COUNTRY,
    {
      at: 'Resource/Resource', rule: 'CFR4', packs: AWS_SOLUTIONS, foundIn: (resource) => configOf(resource).viewerCertificate === undefined,
      reason: 'CloudFront fixes the protocols of its own certificate, which the name ….cloudfront.net needs; a custom domain gets TLS 1.2 or newer.',
      control: 'viewers are redirected to HTTPS, and a custom domain removes the finding',
    }),
  findingsOf(OriginSecret,
    { ...ORIGIN_SECRET, rule: 'SMG4', packs: AWS_SOLUTIONS },
    { ...ORIGIN_SECRET, rule: 'SecretsManagerRotationEnabled', packs: HIPAA_AND_R5 }),
  findingsOf(StaticSite,
    EVERY_COUNTRY,
    {
      ...SITE, rule: 'S3BucketReplicationEnabled', packs: REGULATED,
      reason: 'The files are built from the repository and can be built again; the bucket is not where they are kept.',
      control: 'versions are kept for 30 days, the pipeline writes the files anew',
    },
    {
      ...SITE, rule: 'S3DefaultEncryptionKMS', packs: WITHOUT_R4,
      reason: 'The files are what every visitor of the site downloads; a key of our own would protect nothing.',
      control: 'encrypted with S3\'s own keys, readable by the distribution only',
    },
    {
      ...SITE, rule: 'S3BucketDefaultLockEnabled', packs: NIST_R4,
      reason: 'Every release replaces the files; a lock would keep old releases from going, which nobody is obliged to keep.',
      control: 'versions are kept for 30 days, only the pipeline may write',
    }),
  findingsOf(TradingWebAcl, {
    at: 'Logs/Resource', rule: 'CloudWatchLogGroupEncrypted', packs: REGULATED, foundIn: withoutKey,
    reason: 'CloudWatch encrypts the group with a key of its own; tokens and cookies are left out of the logs before they are written.',
    control: 'who may read the group is said by IAM',
  }),
];
