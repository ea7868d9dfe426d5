import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { PublicEndpoint } from '../../../src';
import { testStack } from '../../support/apps';

const stack = testStack();
const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
const certificate = acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');

test('is CloudFront\'s own name or one of your own', () => {
  expect(PublicEndpoint.cloudFrontDomain().isCustom).toBe(false);
  const custom = PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone });
  expect([custom.isCustom, custom.domainName, custom.hostedZone]).toEqual([true, 'trade.example.com', hostedZone]);
  expect(PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate }).certificate).toBe(certificate);
});

test('fails without a hosted zone and without a certificate', () => {
  expect(() => PublicEndpoint.customDomain({ domainName: 'trade.example.com' })).toThrow(/`hostedZone` or `certificate` must be given/);
});

test.each(['', 'localhost', 'https://trade.example.com', 'Trade.example.com', 'trade.example.com.', '-a.example.com'])('fails for the name %j', (domainName) => {
  expect(() => PublicEndpoint.customDomain({ domainName, hostedZone })).toThrow(/`domainName` must be a host name/);
});

test('fails for a certificate of another region as CloudFront\'s', () => {
  const elsewhere = acm.Certificate.fromCertificateArn(stack, 'Elsewhere', 'arn:aws:acm:eu-central-1:111111111111:certificate/1234');
  expect(() => PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate: elsewhere })).toThrow(/`certificate` must be in us-east-1.*got one of eu-central-1; give the load balancer that one as `originCertificate`/);
});
