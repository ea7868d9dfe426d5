import { Stack } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';

/** What others may do with a WebSocket API and its table of connections. */
export class WebSocketGrants {
  /**
   * @param stage stage of the API
   * @param table table of connections
   * @param indexName the table's index by channel
   */
  public constructor(
    private readonly stage: apigatewayv2.IWebSocketStage,
    private readonly table: dynamodb.ITable,
    private readonly indexName: string,
  ) {}

  /** Lets `grantee` send messages to connections. */
  public post(grantee: iam.IGrantable): iam.Grant {
    return this.connections(grantee, 'POST');
  }

  /** Lets `grantee` close connections. */
  public disconnect(grantee: iam.IGrantable): iam.Grant {
    return this.connections(grantee, 'DELETE');
  }

  /** Lets `grantee` keep the table of connections: what the functions of $connect, $disconnect and subscribe need. */
  public track(grantee: iam.IGrantable): iam.Grant {
    this.table.encryptionKey?.grantEncryptDecrypt(grantee);
    return this.grantTable(grantee, ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']);
  }

  /** Lets `grantee` look up who listens to a channel: what a publisher needs besides `post`. */
  public lookUp(grantee: iam.IGrantable): iam.Grant {
    this.table.encryptionKey?.grantDecrypt(grantee);
    return this.grantTable(grantee, ['dynamodb:Query']);
  }

  private grantTable(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn, `${this.table.tableArn}/index/${this.indexName}`] });
  }

  private connections(grantee: iam.IGrantable, method: string): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:ManageConnections'],
      resourceArns: [Stack.of(this.stage).formatArn({
        service: 'execute-api', resource: this.stage.api.apiId, resourceName: `${this.stage.stageName}/${method}/@connections/*`,
      })],
    });
  }
}
