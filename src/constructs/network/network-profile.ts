/** How services whose manifest asks for it reach the internet. */
export enum NetworkEgress {
  /** Nothing reaches the internet; a service that needs it is an error. */
  NONE = 'NONE',
  /** One NAT gateway over all zones, for the private subnets alone. Isolated subnets have no route to it. */
  REGIONAL_NAT = 'REGIONAL_NAT',
}

/** Which doors a network has. */
export class NetworkProfile {
  /**
   * No public subnet. Users come through a CloudFront VPC origin to an internal load balancer. With `NetworkEgress.NONE` there is no NAT
   * gateway either, and no route to the internet at all.
   *
   * @param egress how services reach the internet; none unless said otherwise
   */
  public static privateOnly(egress: NetworkEgress = NetworkEgress.NONE): NetworkProfile {
    return new NetworkProfile(false, egress);
  }

  /**
   * Public subnets in each zone, for a load balancer with public addresses.
   *
   * @param egress how services reach the internet; one regional NAT gateway unless said otherwise
   */
  public static publicIngress(egress: NetworkEgress = NetworkEgress.REGIONAL_NAT): NetworkProfile {
    return new NetworkProfile(true, egress);
  }

  private constructor(
    /** Whether there are public subnets. */
    public readonly hasPublicSubnets: boolean,
    /** How services reach the internet. */
    public readonly egress: NetworkEgress,
  ) {}
}
