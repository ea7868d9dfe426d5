import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { apiId, apiPort } from '../runtime/api-ids';
import { controlUrl, startGateway } from '../runtime/gateway';
import type { SocketGatewaySettings } from '../servers/emulators/api-gateway-messages';
import { LocalError } from '../servers/errors';

const PARTS = ['Route', 'RouteResponse', 'Integration', 'Authorizer', 'Deployment', 'VpcLink'];

/** WebSocket APIs: the stage is a process that calls one function per kind of message. VPC links mean nothing here: everything is on loopback. */
export const apiGatewayV2: Provider = {
  service: 'ApiGatewayV2',
  types: ['AWS::ApiGatewayV2::Api', 'AWS::ApiGatewayV2::Stage', ...PARTS.map((part) => `AWS::ApiGatewayV2::${part}`)],
  up: async (resource, context) => {
    if (resource.type.endsWith('::Api')) return api(resource, context);
    if (resource.type.endsWith('Stage')) return stage(resource, context);
    const ref = apiId(resource);
    return { ref, attributes: { AuthorizerId: ref, IntegrationId: ref, RouteId: ref, DeploymentId: ref, VpcLinkId: ref, VpcLinkArn: ref } };
  },
};

async function api(resource: Resource, context: Context): Promise<Provided> {
  const protocol = await context.property(resource, 'ProtocolType');
  if (protocol !== 'WEBSOCKET') throw new LocalError(`${resource.path} is an API of the protocol ${String(protocol)}; only WEBSOCKET runs here.`);
  const ref = apiId(resource);
  const port = await apiPort(context, ref);
  return { ref, attributes: { 'ApiId': ref, 'ApiEndpoint': `wss://${ref}.execute-api.${resource.stack.region}.amazonaws.com`, 'local:port': port } };
}

async function stage(resource: Resource, context: Context): Promise<Provided> {
  const id = String(await context.property(resource, 'ApiId'));
  const name = String(await context.property(resource, 'StageName'));
  const port = await apiPort(context, id);
  const expression = await routeExpression(id, context);
  const routeField = /^\$request\.body\.([A-Za-z0-9_]+)$/.exec(expression)?.[1];
  if (routeField === undefined) throw new LocalError(`${resource.path} chooses routes by ${expression}; only a field of the body chooses here, such as $request.body.op.`);
  const routes: Record<string, string> = {};
  const answering: string[] = [];
  let authorizer: SocketGatewaySettings['authorizer'];
  for (const route of await ofApi('AWS::ApiGatewayV2::Route', id, context)) {
    const key = String(await context.property(route, 'RouteKey'));
    routes[key] = await functionOf(route, context);
    if (await context.property(route, 'RouteResponseSelectionExpression') !== undefined) answering.push(key);
    if (key === '$connect') authorizer = await authorizerOf(route, context);
  }
  await startGateway(context, 'socket-gateway.mts', `WebSocket API ${name}`, { port, apiId: id, stage: name, controlUrl: await controlUrl(context), routeField, routes, answering, authorizer });
  return { ref: name, attributes: { 'local:url': `ws://localhost:${port}/${name}` }, note: `ws://localhost:${port}/${name}` };
}

async function ofApi(type: string, id: string, context: Context): Promise<Resource[]> {
  const all = await context.resourcesOfType(type);
  const ids = await Promise.all(all.map((one) => context.property(one, 'ApiId')));
  return all.filter((_, i) => ids[i] === id);
}

async function routeExpression(id: string, context: Context): Promise<string> {
  for (const one of await context.resourcesOfType('AWS::ApiGatewayV2::Api')) {
    if ((await context.valuesOf(one)).ref === id) return String(await context.property(one, 'RouteSelectionExpression'));
  }
  throw new LocalError(`the WebSocket API ${id} is not in this assembly.`);
}

/** Name of the function in an ARN of API Gateway, `…/functions/<arn>/invocations`, without its qualifier. */
function functionName(uri: unknown, path: string): string {
  const arn = /functions\/(arn:[^/]+)\/invocations/.exec(String(uri))?.[1];
  if (arn === undefined) throw new LocalError(`${path} leads to ${String(uri)}, which is not a function.`);
  return arn.split(':')[6];
}

async function functionOf(route: Resource, context: Context): Promise<string> {
  const wanted = String(await context.property(route, 'Target')).replace('integrations/', '');
  for (const integration of await context.resourcesOfType('AWS::ApiGatewayV2::Integration')) {
    if ((await context.valuesOf(integration)).ref === wanted) return functionName(await context.property(integration, 'IntegrationUri'), integration.path);
  }
  throw new LocalError(`${route.path} names an integration that is not in this assembly.`);
}

async function authorizerOf(route: Resource, context: Context): Promise<SocketGatewaySettings['authorizer']> {
  const wanted = await context.property(route, 'AuthorizerId');
  if (wanted === undefined) return undefined;
  for (const one of await context.resourcesOfType('AWS::ApiGatewayV2::Authorizer')) {
    if ((await context.valuesOf(one)).ref !== wanted) continue;
    const sources = await context.property(one, 'IdentitySource') as string[] | undefined ?? [];
    const named = (kind: string): string[] => sources.flatMap((source) => (source.startsWith(`route.request.${kind}.`) ? [source.slice(`route.request.${kind}.`.length)] : []));
    return { functionName: functionName(await context.property(one, 'AuthorizerUri'), one.path), headers: named('header'), queries: named('querystring') };
  }
  throw new LocalError(`${route.path} names an authorizer that is not in this assembly.`);
}
