import { App, Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { givenLoadBalancer } from './given-load-balancer';
import { PublicEndpoint, RestMethod, TradingDistribution, TradingStack, TradingWebAcl } from '../../../src';
import { CachedRoute } from '../../../src/constructs/edge/cached-route';
import { DnsRouting } from '../../../src/constructs/edge/dns-routing';
import { EdgeOrigin } from '../../../src/constructs/edge/edge-origin';
import { FailoverDns } from '../../../src/constructs/edge/failover-dns';
import { OriginSecret } from '../../../src/constructs/edge/origin-secret';
import { RegionalWebAcl } from '../../../src/constructs/edge/regional-web-acl';
import { StaticSite } from '../../../src/constructs/edge/static-site';
import { givenAlarmAction, givenWebAcl } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Edge');
  const alarmActions = [givenAlarmAction(stack)];
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0789473A6S6HO6JIQO1', zoneName: 'example.com' });
  const site = new StaticSite(stack, 'Site', {
    webAcl: givenWebAcl(stack, 'CLOUDFRONT'),
    endpoint: PublicEndpoint.customDomain({
      domainName: 'www.example.com', hostedZone, certificate: acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1234'),
    }),
    accessLogs: s3.Bucket.fromBucketName(stack, 'Logs', 'access-logs'),
    alarmActions,
  });
  accept(site.bucket, {
    rule: 'S3BucketReplicationEnabled',
    packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
    reason: 'The files are built from the repository and can be built again; the bucket is not where they are kept.',
    control: 'versions are kept for 30 days, the pipeline writes the files anew',
  }, {
    rule: 'S3DefaultEncryptionKMS',
    packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
    reason: 'The files are what every visitor of the site downloads; a key of our own would protect nothing.',
    control: 'encrypted with S3\'s own keys, readable by the distribution only',
  });
  accept(site.bucket, {
    rule: 'S3BucketDefaultLockEnabled', packs: ['NIST.800.53.R4'],
    reason: 'Every release replaces the files; a lock would keep old releases from going, which nobody is obliged to keep.',
    control: 'versions are kept for 30 days, only the pipeline may write',
  });
  accept(site.distribution, {
    rule: 'CFR1', packs: ['AwsSolutions'],
    reason: 'The platform decides by `geoRestriction` whom it serves; the minimal site serves every country.',
    control: 'a web ACL stands before every request',
  });
  new RegionalWebAcl(stack, 'Acl', { antiDdos: true, botControl: true, alarmActions });
  const webAcl = new TradingWebAcl(stack, 'EdgeAcl', { antiDdos: true, anonymousIps: true, botControl: true, alarmActions });
  const certificate = acm.Certificate.fromCertificateArn(stack, 'TradeCertificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
  const endpoint = PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate });
  const accessLogs = s3.Bucket.fromBucketName(stack, 'DistributionLogs', 'access-logs');
  const geoRestriction = cloudfront.GeoRestriction.allowlist('DE', 'FR');
  const routes = [{ method: RestMethod.GET, path: '/v1/instruments', isPublic: true }];
  const cachedRoutes = [CachedRoute.of('/v1/instruments', Duration.seconds(5))];
  new TradingDistribution(stack, 'Private', { loadBalancer: givenLoadBalancer(stack), webAcl: webAcl.webAcl, endpoint, accessLogs, geoRestriction, routes, cachedRoutes, alarmActions });
  const originSecret = new OriginSecret(stack, 'OriginSecret');
  const unrotated = {
    reason: 'CloudFormation writes the value into the distribution and the web ACL when it deploys; a rotation between deployments would close the origin.',
    control: 'it opens nothing by itself: it only tells our distribution from others; it is replaced by a second secret beside it',
  };
  accept(originSecret.secret, { rule: 'SMG4', packs: ['AwsSolutions'], ...unrotated }, { rule: 'SecretsManagerRotationEnabled', packs: ['HIPAA.Security', 'NIST.800.53.R5'], ...unrotated });
  new RegionalWebAcl(stack, 'OriginAcl', { originSecrets: [originSecret], alarmActions });
  new TradingDistribution(stack, 'Public', {
    origin: EdgeOrigin.publicLoadBalancer(givenLoadBalancer(new Construct(stack, 'Other')), { originSecret }), webAcl: webAcl.webAcl, endpoint, accessLogs, geoRestriction, alarmActions,
  });
  const region = (name: string) => ({ region: name, healthHost: `${name}.example.com`, target: { bind: () => ({ dnsName: `${name}.elb.amazonaws.com`, hostedZoneId: 'Z35SXDOTRQ7X7K' }) } });
  new FailoverDns(stack, 'Dns', { hostedZone, domainName: 'api.example.com', routing: DnsRouting.failover(region('us-east-1'), region('us-west-2')), alarmActions });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual(['CFR1', 'S3BucketDefaultLockEnabled', 'S3BucketReplicationEnabled', 'S3DefaultEncryptionKMS', 'SMG4', 'SecretsManagerRotationEnabled']);
});
