import { Construct } from 'constructs';
import { TradingStack, TradingStackProps } from './trading-stack';
import { TradingNetwork, TradingNetworkProps } from '../constructs/network/trading-network';

/** Properties of `NetworkStack`. */
export interface NetworkStackProps extends TradingStackProps {
  /**
   * The network, or the VPC to use.
   *
   * @default - a VPC over three zones
   */
  readonly network?: TradingNetworkProps;
}

/** The network of a system. */
export class NetworkStack extends TradingStack {
  /** The network. */
  public readonly network: TradingNetwork;

  public constructor(scope: Construct, id: string, props: NetworkStackProps = {}) {
    super(scope, id, { description: 'Network over three zones', ...props });
    this.network = new TradingNetwork(this, 'Network', props.network);
  }
}
