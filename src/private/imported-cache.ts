import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { CacheAttributes } from '../constructs/data/cache-attributes';
import type { IMarketCache } from '../constructs/data/market-cache';

/** A cache that is defined elsewhere: its settings and alarms are its owner's. */
export class ImportedCache extends Construct implements IMarketCache {
  public readonly endpointAddress: string;
  public readonly endpointPort: string;
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, attributes: CacheAttributes) {
    super(scope, id);
    const port = attributes.port ?? 6379;
    this.endpointAddress = attributes.endpointAddress;
    this.endpointPort = String(port);
    this.connections = new ec2.Connections({ securityGroups: attributes.securityGroups, defaultPort: ec2.Port.tcp(port) });
  }
}
