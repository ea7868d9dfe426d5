import { Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** A name of your own for an API. A hosted zone, a certificate or both must be given. */
export interface ApiDomainOptions {
  /** The name that clients call, for example `api.example.com`. */
  readonly domainName: string;

  /**
   * Public hosted zone of the name. The certificate is validated in it, and the name's records are made in it.
   *
   * @default - the certificate is given and the records are made elsewhere
   */
  readonly hostedZone?: route53.IHostedZone;

  /**
   * Certificate of the name, in the region of the API.
   *
   * @default - made and validated in the hosted zone
   */
  readonly certificate?: acm.ICertificate;
}

/** A name of your own for an API in API Gateway, with its certificate and records. */
export class ApiDomain {
  /**
   * A name with a hosted zone, a certificate or both.
   *
   * @throws Error when neither a hosted zone nor a certificate is given, or the name is not one
   */
  public static of(options: ApiDomainOptions): ApiDomain {
    const { domainName, hostedZone, certificate } = options;
    const faults = new Faults('ApiDomain');
    faults.check(Token.isUnresolved(domainName) || /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(domainName),
      `\`domainName\` must be a host name in lower case such as 'api.example.com', got: '${domainName}'`);
    faults.check(hostedZone !== undefined || certificate !== undefined, '`hostedZone` or `certificate` must be given: the first to have a certificate made, the second to bring your own');
    faults.throwIfAny();
    return new ApiDomain(domainName, hostedZone, certificate);
  }

  private constructor(
    /** The name. */
    public readonly domainName: string,
    /** Zone of the name's records; undefined when they are made elsewhere. */
    public readonly hostedZone?: route53.IHostedZone,
    /** Certificate that the user brought. */
    public readonly certificate?: acm.ICertificate,
  ) {}

  /**
   * The given certificate, or a new one.
   *
   * @internal
   */
  public _certificate(scope: Construct): acm.ICertificate {
    return this.certificate ?? new acm.Certificate(scope, 'Certificate', {
      domainName: this.domainName, validation: acm.CertificateValidation.fromDns(this.hostedZone),
    });
  }

  /**
   * Records of the name, for IPv4 and IPv6; none without a hosted zone.
   *
   * @internal
   */
  public _records(scope: Construct, alias: route53.IAliasRecordTarget): route53.RecordSet[] {
    const { hostedZone: zone, domainName } = this;
    if (zone === undefined) return [];
    // A name that does not end in a dot is taken as one below the zone unless it ends in the zone's own.
    const record = { zone, recordName: `${domainName}.`, target: route53.RecordTarget.fromAlias(alias) };
    return [new route53.ARecord(scope, 'Ipv4', record), new route53.AaaaRecord(scope, 'Ipv6', record)];
  }
}
