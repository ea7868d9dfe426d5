import { IConstruct } from 'constructs';
import { accept as acceptRules, controlTower, inPacks } from './acknowledgements-shared';
import { acknowledge } from '../assurance/acknowledge';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { StaticSite } from '../constructs/edge/static-site';
import { TradingLoadBalancer } from '../constructs/ingress/trading-load-balancer';

const REDIRECTION = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];
const FIREWALL = ['NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];
const CERTIFICATE = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

function accept(scope: IConstruct, packs: readonly string[], rule: string, reason: string, control: string): void {
  for (const pack of packs) acknowledge(scope, { rule: `${pack}::${pack}-${rule}`, reason, control, owner: 'platform', reviewBy: '2027-05-31' });
}

/** A site at CloudFront's own name. */
export function acceptSite({ distribution }: StaticSite, endpoint: PublicEndpoint): void {
  if (endpoint.isCustom) return;
  accept(distribution, ['AwsSolutions'], 'CFR4',
    'CloudFront decides which protocols its own certificate takes, and a site at ….cloudfront.net has no other; a name of your own gets TLS 1.2 or newer.',
    'plain HTTP is redirected or refused, and a custom domain removes the finding');
}

/** A load balancer that only CloudFront reaches, where there is no name that a certificate could be for. */
export function acceptPlainListener({ listener, certificate }: TradingLoadBalancer): void {
  if (certificate !== undefined) return;
  const reason = 'An internal load balancer has no public name that a certificate could be issued for; CloudFront reaches it inside the network of AWS, through a VPC origin.';
  const control = 'no public address, and its security group admits CloudFront alone; a custom domain makes the listener HTTPS';
  accept(listener, REDIRECTION, 'ALBHttpToHttpsRedirection', reason, control);
  accept(listener, CERTIFICATE, 'ELBv2ACMCertificateRequired', reason, control);
  acceptRules(listener, [controlTower('alb_http_to_https_redirection_check'), ...inPacks('NoPlaintextListener', ['TradingPlatform'])], reason, control);
}

/** A load balancer with a public address that answers our own distribution only. */
export function acceptPublicBalancer({ loadBalancer, exposure }: TradingLoadBalancer): void {
  if (!exposure.isPublic || exposure.originSecrets.length === 0) return;
  accept(loadBalancer, FIREWALL, 'ALBWAFEnabled',
    'Requests without the secret of our distribution are refused, so every request that is answered has passed the web ACL of that distribution.',
    'its security group admits CloudFront alone, and its listener asks for the secret');
}
