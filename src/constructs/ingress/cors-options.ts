import { Duration } from 'aws-cdk-lib';

/** Which web pages may call a REST API from a browser. */
export interface CorsOptions {
  /**
   * Origins of the pages, such as `https://trade.example.com`: scheme and host, and the port where it is not the usual one. `*` stands
   * for all, with a warning, and not together with `allowCredentials`.
   */
  readonly allowOrigins: string[];

  /**
   * Headers that pages may send.
   *
   * @default - Authorization and Content-Type
   */
  readonly allowHeaders?: string[];

  /**
   * Whether browsers may send cookies along. Tokens in a header need none.
   *
   * @default false
   */
  readonly allowCredentials?: boolean;

  /**
   * How long browsers may remember the answer, at most two hours, which is what they keep to.
   *
   * @default Duration.hours(1)
   */
  readonly maxAge?: Duration;
}
