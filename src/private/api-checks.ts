import { Token } from 'aws-cdk-lib';
import { between } from './durations';
import type { Faults } from './faults';
import type { ApiOptions } from '../constructs/ingress/api-options';
import type { CorsOptions } from '../constructs/ingress/cors-options';

/** Adds limits that API Gateway does not have. */
export function checkThrottle(faults: Faults, { rateLimit, burstLimit }: ApiOptions): void {
  faults.check(rateLimit === undefined || Token.isUnresolved(rateLimit) || rateLimit > 0, `\`rateLimit\` must be above 0, got: ${rateLimit}`);
  faults.check(burstLimit === undefined || Token.isUnresolved(burstLimit) || (burstLimit > 0 && burstLimit <= 5_000),
    `\`burstLimit\` must be from 1 to 5000, which no request to AWS raises, got: ${burstLimit}`);
}

/** The origin of a page: no path, and plain HTTP only on the developer's own machine. */
const ORIGIN = /^(https:\/\/([a-z0-9-]+\.)+[a-z]{2,}|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?$/;

/** Adds origins that are none, and the combination that browsers refuse. */
export function checkCors(faults: Faults, cors: CorsOptions | undefined): void {
  if (cors === undefined) return;
  const { allowOrigins, allowCredentials, maxAge, allowHeaders } = cors;
  if (!Token.isUnresolved(allowOrigins)) {
    const any = allowOrigins.includes('*');
    faults.check(allowOrigins.length > 0, '`cors.allowOrigins` must name at least one origin; leave `cors` out if no page may call the API');
    faults.check(!(any && allowCredentials === true), "`cors.allowOrigins` must name the origins when `cors.allowCredentials` is true, got: '*', which browsers refuse and which would let every page act as its visitor");
    faults.check(!any || allowOrigins.length === 1, "`cors.allowOrigins` must be either '*' alone or named origins");
    for (const origin of allowOrigins.filter((one) => one !== '*' && !Token.isUnresolved(one))) {
      faults.check(ORIGIN.test(origin), `\`cors.allowOrigins\` must be origins such as 'https://trade.example.com', without a path, got: '${origin}'`);
    }
  }
  between(faults, 'cors.maxAge', maxAge, 0, 7200, 'nothing to two hours');
  faults.check(!(allowHeaders ?? []).includes('*') || allowCredentials !== true, "`cors.allowHeaders` must name the headers when `cors.allowCredentials` is true, got: '*'");
}
