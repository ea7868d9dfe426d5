import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * One NAT gateway that spans every zone of the VPC: it grows into a zone when something there needs it, so that the loss of
 * a zone never takes another zone's way out with it. Uses no public subnet and no address of its own.
 */
export class RegionalNatProvider extends ec2.NatProvider {
  private gateway?: ec2.CfnNatGateway;

  /** The gateway, under the zone name "regional". */
  public get configuredGateways(): ec2.GatewayConfig[] {
    return this.gateway === undefined ? [] : [{ az: 'regional', gatewayId: this.gateway.ref }];
  }

  /** Called by the VPC. */
  public configureNat(options: ec2.ConfigureNatOptions): void {
    this.gateway = new ec2.CfnNatGateway(options.vpc, 'NatGateway', {
      vpcId: options.vpc.vpcId,
      availabilityMode: 'regional',
      connectivityType: 'public',
    });
    this.gateway.node.addDependency(options.vpc.internetConnectivityEstablished);
    for (const subnet of options.privateSubnets) this.configureSubnet(subnet);
  }

  /** Called by the VPC. */
  public configureSubnet(subnet: ec2.PrivateSubnet): void {
    if (this.gateway === undefined) throw new Error('a RegionalNatProvider configures subnets only after the VPC called configureNat');
    subnet.addRoute('DefaultRoute', { routerType: ec2.RouterType.NAT_GATEWAY, routerId: this.gateway.ref, enablesInternetConnectivity: true });
  }
}
