import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { GatewayApiStack } from './api-stack';
import { GatewayComputeStack } from './compute-stack';
import { FACADE_ROUTES } from './facade-routes';
import { ROUTES } from './routes';
import { acknowledge } from '../../assurance/acknowledge';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { RestApiRoute } from '../../constructs/ingress/rest-api-route';
import { accept as acceptRules, acceptOutsideVpc, acceptTriggers, controlTower, inPacks } from '../acknowledgements-shared';

/** What is found at a route that API Gateway lets everybody call. */
const WITHOUT_TOKEN = ['APIG4', 'COG4'];
const REVIEW = { owner: 'platform', reviewBy: '2027-05-31' };

/** Findings that only this system can judge, each at the construct that has it. */
export function acceptApi(api: GatewayApiStack): void {
  for (const route of ROUTES.filter((one) => one.isPublic === true && !FACADE_ROUTES.includes(one))) {
    for (const rule of WITHOUT_TOKEN) {
      accept(methodOf(api, route), rule,
        'The route is meant for those who have not signed in: it signs them in, lists what is traded, or says whether the exchange is well.',
        'it tells nothing of an account; the web ACL limits it by address and asks for the distribution\'s secret, API Gateway throttles sign-in');
    }
  }
  for (const route of FACADE_ROUTES) {
    for (const rule of WITHOUT_TOKEN) {
      accept(methodOf(api, route), rule,
        'The route is one of Binance\'s API, whose clients carry no token: they sign each request with the secret of an API key. What needs no key is market data, which is for everybody.',
        'the API checks key, signature, time and address of every request and counts them by user and address; both web ACLs and a rate of the route stand before it');
    }
  }
  for (const fn of [api.authorizer, api.connections, api.publisher]) acceptOutside(fn);
  // The publisher learns a connection's id when it looks up who listens.
  const { partition, region, account } = Stack.of(api);
  const stage = `arn:${partition}:execute-api:${region}:${account}:${api.socket.webSocketApi.apiId}/${api.socket.stage.stageName}`;
  accept(api.publisher.role, `IAM5[Resource::${stage}/POST/@connections/*]`,
    'API Gateway names connections when they are opened, so their ids are open.',
    'one stage of one API, and posting only: the function can neither close connections nor look at them');
}

/** Findings of the services and their way in. */
export function acceptCompute(compute: GatewayComputeStack): void {
  const rules = [
    ...inPacks('ALBHttpToHttpsRedirection'), ...inPacks('ELBv2ACMCertificateRequired', ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']),
    controlTower('alb_http_to_https_redirection_check'), ...inPacks('NoPlaintextListener', ['TradingPlatform']),
  ];
  acceptRules(compute.ingress.listener, rules,
    'TLS ends at API Gateway. Its VPC link speaks HTTP to a load balancer without a public address, inside our own VPC, to which no name leads that a certificate could be for.',
    'the load balancer\'s security group lets in the VPC link alone');
  acceptTriggers(compute);
}

function methodOf(api: GatewayApiStack, { method, path }: RestApiRoute): IConstruct {
  return api.rest.restApi.root.resourceForPath(path).node.findChild(method);
}

/** Functions of the WebSocket API, which touch nothing inside the VPC. */
function acceptOutside(fn: TradingFunction): void {
  acceptOutsideVpc(fn,
    'The function reaches DynamoDB, Cognito and API Gateway only, whose endpoints are public; in the VPC it would need an endpoint for each and start more slowly.',
    'its role allows one table, one stream and one API; nobody can connect to it');
}

function accept(scope: IConstruct, rule: string, reason: string, control: string): void {
  acknowledge(scope, { rule: `AwsSolutions::AwsSolutions-${rule}`, reason, control, ...REVIEW });
}
