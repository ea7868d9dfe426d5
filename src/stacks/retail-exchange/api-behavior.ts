import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';

/** Requests of the API pass as they are, and no answer is kept. */
export function apiBehavior(origin: cloudfront.IOrigin, originRequestPolicy: cloudfront.IOriginRequestPolicyRef): cloudfront.BehaviorOptions {
  return {
    origin,
    originRequestPolicy,
    viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
    cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
  };
}
