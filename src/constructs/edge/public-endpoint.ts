import { Arn, ArnFormat, Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Faults } from '../../private/faults';

/** A name of your own for a platform. A hosted zone, a certificate or both must be given. */
export interface CustomDomainOptions {
  /** The name that users type, for example `trade.example.com`. */
  readonly domainName: string;

  /**
   * Public hosted zone of the name. Certificates are validated in it, and the name's records are made in it.
   *
   * @default - certificates are given and the records are made elsewhere
   */
  readonly hostedZone?: route53.IHostedZone;

  /**
   * Certificate of the name for CloudFront, in us-east-1.
   *
   * @default - made and validated in the hosted zone
   */
  readonly certificate?: acm.ICertificate;

  /**
   * Certificate of the name for the load balancer, in the platform's own region.
   *
   * @default - made and validated in the hosted zone; without one, `certificate`, which fits a platform in us-east-1
   */
  readonly originCertificate?: acm.ICertificate;
}

/**
 * How users reach a platform: at CloudFront's own name, or at a name of your own with TLS all the way to the load balancer. There
 * is nothing between the two.
 */
export class PublicEndpoint {
  /** The distribution's own name and certificate, `….cloudfront.net`. */
  public static cloudFrontDomain(): PublicEndpoint {
    return new PublicEndpoint();
  }

  /**
   * A name of your own.
   *
   * @throws Error when neither a hosted zone nor a certificate is given, or the name is not one
   */
  public static customDomain(options: CustomDomainOptions): PublicEndpoint {
    const faults = new Faults('PublicEndpoint.customDomain');
    faults.check(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(options.domainName) || Token.isUnresolved(options.domainName),
      `\`domainName\` must be a host name in lower case such as 'trade.example.com', got: '${options.domainName}'`);
    faults.check(options.hostedZone !== undefined || options.certificate !== undefined,
      '`hostedZone` or `certificate` must be given: the first to have certificates made, the second to bring your own');
    const arn = options.certificate?.certificateArn;
    const region = arn === undefined || Token.isUnresolved(arn) ? 'us-east-1' : Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).region;
    faults.check(region === 'us-east-1', `\`certificate\` must be in us-east-1, from where CloudFront takes it, got one of ${region}; `
      + 'give the load balancer that one as `originCertificate`, and `hostedZone` to have CloudFront\'s made');
    faults.throwIfAny();
    return new PublicEndpoint(options);
  }

  /** The custom name; undefined at CloudFront's own. */
  public readonly domainName?: string;
  /** Hosted zone of the custom name. */
  public readonly hostedZone?: route53.IHostedZone;
  /** Certificate for CloudFront that the user brought. */
  public readonly certificate?: acm.ICertificate;
  /** Certificate for the load balancer that the user brought. */
  public readonly originCertificate?: acm.ICertificate;

  private constructor(options?: CustomDomainOptions) {
    this.domainName = options?.domainName;
    this.hostedZone = options?.hostedZone;
    this.certificate = options?.certificate;
    this.originCertificate = options?.originCertificate;
  }

  /** Whether the platform has a name of its own, and so TLS up to the load balancer. */
  public get isCustom(): boolean {
    return this.domainName !== undefined;
  }
}
