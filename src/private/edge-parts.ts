import { Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Faults } from './faults';
import { EdgeRegion } from '../constructs/edge/edge-region';
import type { PublicEndpoint } from '../constructs/edge/public-endpoint';

/** The certificate of a custom name: the given one, or one that is made in us-east-1 and validated in the hosted zone. */
export function edgeCertificate(scope: Construct, { certificate, domainName, hostedZone }: PublicEndpoint): acm.ICertificate | undefined {
  if (certificate !== undefined || domainName === undefined) return certificate;
  return new acm.Certificate(EdgeRegion.scopeFor(scope), 'Certificate', { domainName, validation: acm.CertificateValidation.fromDns(hostedZone) });
}

/** Adds a fault for a web ACL that CloudFront would refuse, as far as its ARN is known. */
export function checkWebAclScope(faults: Faults, webAcl: wafv2.IWebACLRef): void {
  const { webAclArn } = webAcl.webAclRef;
  faults.check(Token.isUnresolved(webAclArn) || webAclArn.includes(':global/webacl/'),
    `\`webAcl\` must be of scope CLOUDFRONT in us-east-1, such as that of TradingWebAcl, got: '${webAclArn}'`);
}
