import { acknowledge } from '../assurance/acknowledge';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { StaticSite } from '../constructs/edge/static-site';

/** A site at CloudFront's own name. */
export function acceptSite({ distribution }: StaticSite, endpoint: PublicEndpoint): void {
  if (endpoint.isCustom) return;
  acknowledge(distribution, {
    rule: 'AwsSolutions::AwsSolutions-CFR4',
    reason: 'CloudFront decides which protocols its own certificate takes, and a site at ….cloudfront.net has no other; a name of your own gets TLS 1.2 or newer.',
    control: 'plain HTTP is redirected or refused, and a custom domain removes the finding',
    owner: 'platform',
    reviewBy: '2027-05-31',
  });
}
