import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { LedgerAttributes } from '../constructs/data/ledger-attributes';
import type { ILedgerDatabase } from '../constructs/data/ledger-database';

/** A ledger that is defined elsewhere: its settings, alarms and backups are its owner's. */
export class ImportedLedger extends Construct implements ILedgerDatabase {
  public readonly clusterResourceIdentifier: string;
  public readonly writerEndpoint: rds.Endpoint;
  public readonly readerEndpoint: rds.Endpoint;
  public readonly databaseName: string;
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, attributes: LedgerAttributes) {
    super(scope, id);
    const port = attributes.port ?? 5432;
    this.clusterResourceIdentifier = attributes.clusterResourceIdentifier;
    this.writerEndpoint = new rds.Endpoint(attributes.writerAddress, port);
    this.readerEndpoint = new rds.Endpoint(attributes.readerAddress ?? attributes.writerAddress, port);
    this.databaseName = attributes.databaseName ?? 'trading';
    this.connections = new ec2.Connections({ securityGroups: attributes.securityGroups, defaultPort: ec2.Port.tcp(port) });
  }
}
