import { SecretValue, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { IConstruct } from 'constructs';
import { Faults } from '../../private/faults';
import { ManagedPrefixListIds, ManagedPrefixLists } from '../network/managed-prefix-lists';

/** A public load balancer that only CloudFront may reach. */
export interface CloudFrontOnlyOptions {
  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Secrets of which a request must bring one in `originHeader`: CloudFront's addresses are shared by every distribution of every
   * account, the secret is yours alone. Two at most, so that a new one can be introduced before the old one goes. The distribution
   * adds the header to each request to its origin.
   *
   * @default - none, with a warning: any distribution of any account may connect
   */
  readonly originSecrets?: SecretValue[];

  /**
   * Header that carries the secret.
   *
   * @default 'X-Origin-Verify'
   */
  readonly originHeader?: string;
}

/** Who can reach a load balancer at all, before any rule of `allowFrom`. */
export class LoadBalancerExposure {
  /** No public address; CloudFront reaches it through a VPC origin. */
  public static internal(): LoadBalancerExposure {
    return new LoadBalancerExposure(false, false, {});
  }

  /**
   * A public address that takes connections from CloudFront's addresses alone, on TCP 443.
   *
   * @throws Error when the header or the number of secrets is not possible
   */
  public static cloudFrontOnly(options: CloudFrontOnlyOptions = {}): LoadBalancerExposure {
    return new LoadBalancerExposure(true, false, options);
  }

  /** A public address that everybody may connect to, with a warning. HTTP is redirected to HTTPS. */
  public static everyone(): LoadBalancerExposure {
    return new LoadBalancerExposure(true, true, {});
  }

  /** Header of the secret that requests must bring; undefined when none is asked for. */
  public readonly originHeader?: string;
  /** The secrets, one of which must be in the header. */
  public readonly originSecrets: SecretValue[];
  private readonly prefixListIds?: ManagedPrefixListIds;

  private constructor(
    /** Whether the load balancer has a public address. */
    public readonly isPublic: boolean,
    /** Whether everybody may connect. */
    public readonly isOpenToEveryone: boolean,
    options: CloudFrontOnlyOptions,
  ) {
    const header = options.originHeader ?? 'X-Origin-Verify';
    const faults = new Faults('LoadBalancerExposure.cloudFrontOnly');
    const count = options.originSecrets?.length;
    faults.check(count === undefined || (count >= 1 && count <= 2), `\`originSecrets\` must be one secret, or two while one replaces the other, got: ${count}`);
    faults.check(Token.isUnresolved(header) || /^[A-Za-z0-9-]{1,40}$/.test(header), `\`originHeader\` must be the name of a header, of at most 40 characters, got: '${header}'`);
    faults.throwIfAny();
    this.originSecrets = options.originSecrets ?? [];
    this.originHeader = this.originSecrets.length > 0 ? header : undefined;
    this.prefixListIds = options.prefixListIds;
  }

  /**
   * The addresses that may connect.
   *
   * @internal
   */
  public _peers(scope: IConstruct): ec2.IPeer[] {
    if (!this.isPublic) return [];
    return [this.isOpenToEveryone ? ec2.Peer.anyIpv4() : ManagedPrefixLists.of(scope, this.prefixListIds).cloudFrontOriginFacing];
  }
}
