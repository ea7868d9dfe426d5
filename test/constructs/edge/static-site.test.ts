import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { PublicEndpoint, TradingWebAcl } from '../../../src';
import { StaticSite, StaticSiteProps } from '../../../src/constructs/edge/static-site';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

function define(change: Partial<StaticSiteProps> = {}) {
  const stack = testStack();
  const webAcl = new TradingWebAcl(stack, 'WebAcl');
  return { stack, site: new StaticSite(stack, 'Site', { webAcl: webAcl.webAcl, ...change }) };
}

const { stack, site } = define({ connectTo: ['wss://trade.example.com'] });
const template = Template.fromStack(stack);

test('keeps its files private, versioned and for CloudFront alone', () => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({ VersioningConfiguration: { Status: 'Enabled' }, PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicPolicy: true, RestrictPublicBuckets: true }) }),
  });
  template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', { OriginAccessControlConfig: Match.objectLike({ SigningBehavior: 'always', SigningProtocol: 'sigv4' }) });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' }, Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } } })]),
    },
  });
});

test('sends strict headers with every page and file', () => {
  template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
    ResponseHeadersPolicyConfig: Match.objectLike({
      SecurityHeadersConfig: Match.objectLike({
        ContentSecurityPolicy: { Override: true, ContentSecurityPolicy: "default-src 'self'; connect-src 'self' wss://trade.example.com; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'" },
        FrameOptions: { FrameOption: 'DENY', Override: true },
        StrictTransportSecurity: Match.objectLike({ AccessControlMaxAgeSec: 63072000, IncludeSubdomains: true }),
      }),
    }),
  });
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      WebACLId: Match.anyValue(),
      HttpVersion: 'http2and3',
      DefaultCacheBehavior: Match.objectLike({ ViewerProtocolPolicy: 'redirect-to-https', ResponseHeadersPolicyId: Match.anyValue() }),
      CacheBehaviors: [Match.objectLike({ PathPattern: '/assets/*', ViewerProtocolPolicy: 'redirect-to-https', ResponseHeadersPolicyId: Match.anyValue(), FunctionAssociations: Match.absent() })],
    }),
  });
});

test.each([
  ['/', '/index.html'],
  ['/trade/BTCUSDT', '/index.html'],
  ['/v1.2/settings', '/index.html'],
  ['/favicon.ico', '/favicon.ico'],
  ['/assets/app.3f2a.js', '/assets/app.3f2a.js'],
])('answers %s with %s', (uri, expected) => {
  const [fn] = Object.values(template.findResources('AWS::CloudFront::Function')) as Array<{ Properties: { FunctionCode: string } }>;
  const handler = new Function(`${fn.Properties.FunctionCode}; return handler;`)() as (event: { request: { uri: string } }) => { uri: string };
  expect(handler({ request: { uri } }).uri).toBe(expected);
});

test('lets pages be cached for a minute at most', () => {
  template.hasResourceProperties('AWS::CloudFront::CachePolicy', { CachePolicyConfig: Match.objectLike({ MinTTL: 0, DefaultTTL: 60, MaxTTL: 60 }) });
});

test('has a name of its own with records and TLS 1.2', () => {
  const own = testStack();
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(own, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const certificate = acm.Certificate.fromCertificateArn(own, 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1');
  const named = new StaticSite(own, 'Site', {
    webAcl: new TradingWebAcl(own, 'WebAcl').webAcl,
    endpoint: PublicEndpoint.customDomain({ domainName: 'www.example.com', hostedZone, certificate }),
    geoRestriction: cloudfront.GeoRestriction.allowlist('DE'),
    accessLogs: s3.Bucket.fromBucketName(own, 'Logs', 'logs'),
    behaviors: { '/v1/*': { origin: new origins.HttpOrigin('api.example.com') } },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const other = Template.fromStack(own);
  expect(named.url).toBe('https://www.example.com');
  other.resourceCountIs('AWS::Route53::RecordSet', 2);
  other.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      Aliases: ['www.example.com'],
      Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Locations: ['DE'] } },
      ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021' }),
      Logging: Match.objectLike({ Prefix: 'static-site/' }),
      CacheBehaviors: Match.arrayWith([Match.objectLike({ PathPattern: '/v1/*' })]),
    }),
  });
  other.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete', Properties: Match.objectLike({ LoggingConfiguration: { DestinationBucketName: 'logs', LogFilePrefix: 'static-site-bucket/' } }) });
});

test('takes a given bucket and makes none', () => {
  const own = testStack();
  new StaticSite(own, 'Site', { webAcl: new TradingWebAcl(own, 'WebAcl').webAcl, bucket: s3.Bucket.fromBucketAttributes(own, 'Given', { bucketName: 'files', region: 'us-east-1' }) });
  Template.fromStack(own).resourceCountIs('AWS::S3::Bucket', 0);
});

test('grants deploying: files of this bucket, invalidations of this distribution, nothing else', () => {
  const own = define();
  const role = new iam.Role(own.stack, 'Pipeline', { assumedBy: new iam.AccountRootPrincipal() });
  own.site.grants.deploy(role);
  const statements = statementsOf(own.stack, own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statements.flatMap(({ actions }) => actions).sort()).toEqual([
    'cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject',
  ]);
  expect(JSON.stringify(statements)).not.toContain('"*"');
});

test('alarms above 1 % of failed requests', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/CloudFront', MetricName: '5xxErrorRate', Threshold: 1, EvaluationPeriods: 3 });
  expect(site.metricRequests().metricName).toBe('Requests');
});

test.each([
  [{ connectTo: ['trade.example.com'] }, /`connectTo` must hold origins/],
  [{ connectTo: ["https://a.b; script-src 'unsafe-inline'"] }, /`connectTo` must hold origins/],
  [{ connectTo: ['https://a.b'], contentSecurityPolicy: "default-src 'none'" }, /`connectTo` is part of the default policy/],
  [{ errorThreshold: 0 }, /`errorThreshold` must be above 0/],
] as Array<[Partial<StaticSiteProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});
