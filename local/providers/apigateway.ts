import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { apiId, apiPort } from '../runtime/api-ids';
import { controlUrl, startGateway } from '../runtime/gateway';
import { physicalName } from '../runtime/names';
import type { RestGatewaySettings, RestRoute, RouteAuthorizer, RouteIntegration } from '../servers/emulators/api-gateway-messages';
import { LocalError } from '../servers/errors';

const IDS = ['AuthorizerId', 'RequestValidatorId', 'DeploymentId', 'ResourceId', 'ClientCertificateId', 'VpcLinkId'];
const PARTS = ['Resource', 'Method', 'Authorizer', 'Deployment', 'RequestValidator', 'Model', 'GatewayResponse', 'VpcLink', 'ClientCertificate'];

/** REST APIs: each stage is a process that checks tokens, limits and bodies, and calls functions or the load balancer behind a VPC link. */
export const apiGateway: Provider = {
  service: 'ApiGateway',
  types: ['AWS::ApiGateway::RestApi', 'AWS::ApiGateway::Stage', ...PARTS.map((part) => `AWS::ApiGateway::${part}`)],
  up: async (resource, context) => {
    if (resource.type.endsWith('RestApi')) return restApi(resource, context);
    if (resource.type.endsWith('Stage')) return stage(resource, context);
    if (resource.type.endsWith('GatewayResponse')) return { ref: physicalName(resource, undefined, { max: 128 }), attributes: {} };
    const ref = String(await context.property(resource, 'Name') ?? apiId(resource));
    return { ref, attributes: Object.fromEntries(IDS.map((name) => [name, ref])) };
  },
};

async function restApi(resource: Resource, context: Context): Promise<Provided> {
  const ref = apiId(resource);
  const port = await apiPort(context, ref);
  return { ref, attributes: { 'RootResourceId': `${ref}-root`, 'RestApiId': ref, 'local:port': port } };
}

async function stage(resource: Resource, context: Context): Promise<Provided> {
  const id = String(await context.property(resource, 'RestApiId'));
  const name = String(await context.property(resource, 'StageName'));
  const port = await apiPort(context, id);
  const limits = await limitsOf(resource, context);
  const settings: RestGatewaySettings = {
    port, apiId: id, stage: name, controlUrl: await controlUrl(context),
    rateLimit: limits.get('*/*')?.rate ?? 10_000,
    burstLimit: limits.get('*/*')?.burst ?? 5_000,
    routes: await routesOf(id, limits, context),
    responses: await responsesOf(id, context),
  };
  await startGateway(context, 'api-gateway.mts', `REST API ${name}`, settings);
  const forwards = settings.routes.filter(({ integration }) => integration.kind === 'http').length;
  return { ref: name, attributes: { 'local:url': `http://localhost:${port}`, 'local:forwards': forwards }, note: `http://localhost:${port}/${name}` };
}

interface Limit { readonly rate: number; readonly burst: number }

/** Throttling of a stage by `path/method`; all others have that of `*` + `/*`. */
async function limitsOf(resource: Resource, context: Context): Promise<ReadonlyMap<string, Limit>> {
  const settings = await context.property(resource, 'MethodSettings') as { ResourcePath?: string; HttpMethod?: string; ThrottlingRateLimit?: number; ThrottlingBurstLimit?: number }[] | undefined;
  return new Map((settings ?? []).flatMap(({ ResourcePath, HttpMethod, ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }) => (
    rate === undefined ? [] : [[`${String(ResourcePath).slice(1).replaceAll('~1', '/')}/${String(HttpMethod)}`, { rate, burst: burst ?? rate }] as const]
  )));
}

async function routesOf(id: string, limits: ReadonlyMap<string, Limit>, context: Context): Promise<RestRoute[]> {
  const paths = await pathsOf(id, context);
  const routes: RestRoute[] = [];
  for (const method of await ofApi('AWS::ApiGateway::Method', id, context)) {
    const path = paths.get(String(await context.property(method, 'ResourceId')));
    if (path === undefined) throw new LocalError(`${method.path} belongs to a path that is not in this assembly.`);
    const verb = String(await context.property(method, 'HttpMethod'));
    const limit = limits.get(`${path}/${verb}`);
    routes.push({
      method: verb,
      path,
      authorizer: await authorizerOf(method, context),
      required: await requiredOf(method, context),
      bodySchema: await bodySchemaOf(method, context),
      rateLimit: limit?.rate,
      burstLimit: limit?.burst,
      integration: await integrationOf(method, context),
    });
  }
  return routes;
}

async function ofApi(type: string, id: string, context: Context): Promise<Resource[]> {
  const all = await context.resourcesOfType(type);
  const ids = await Promise.all(all.map((one) => context.property(one, 'RestApiId')));
  return all.filter((_, i) => ids[i] === id);
}

/** Full paths by the id of their last part. */
async function pathsOf(id: string, context: Context): Promise<Map<string, string>> {
  const parts = new Map<string, { parent: string; name: string }>();
  for (const part of await ofApi('AWS::ApiGateway::Resource', id, context)) {
    const { ref } = await context.valuesOf(part);
    parts.set(ref, { parent: String(await context.property(part, 'ParentId')), name: String(await context.property(part, 'PathPart')) });
  }
  const full = (ref: string): string => {
    const part = parts.get(ref);
    return part ? `${full(part.parent)}/${part.name}` : '';
  };
  return new Map([[`${id}-root`, '/'], ...[...parts.keys()].map((ref) => [ref, full(ref)] as const)]);
}

async function authorizerOf(method: Resource, context: Context): Promise<RouteAuthorizer | undefined> {
  const type = await context.property(method, 'AuthorizationType') ?? 'NONE';
  if (type === 'NONE') return undefined;
  if (type !== 'COGNITO_USER_POOLS') throw new LocalError(`${method.path} is authorized by ${String(type)}; only Cognito user pools authorize here.`);
  const wanted = await context.property(method, 'AuthorizerId');
  for (const authorizer of await context.resourcesOfType('AWS::ApiGateway::Authorizer')) {
    if ((await context.valuesOf(authorizer)).ref !== wanted) continue;
    const arns = await context.property(authorizer, 'ProviderARNs') as string[];
    return { issuers: await issuersOf(arns, context), scopes: await context.property(method, 'AuthorizationScopes') as string[] | undefined ?? [] };
  }
  throw new LocalError(`${method.path} names an authorizer that is not in this assembly.`);
}

async function issuersOf(arns: readonly string[], context: Context): Promise<string[]> {
  const pools = await Promise.all((await context.resourcesOfType('AWS::Cognito::UserPool')).map((pool) => context.valuesOf(pool)));
  return pools.filter(({ attributes }) => arns.includes(String(attributes.Arn))).map(({ attributes }) => String(attributes.ProviderURL));
}

async function requiredOf(method: Resource, context: Context): Promise<string[]> {
  const parameters = await context.property(method, 'RequestParameters') as Record<string, boolean> | undefined ?? {};
  return Object.entries(parameters).filter(([name, needed]) => needed && !name.startsWith('method.request.path.')).map(([name]) => name.replace('method.request.', ''));
}

async function bodySchemaOf(method: Resource, context: Context): Promise<object | undefined> {
  const models = await context.property(method, 'RequestModels') as Record<string, string> | undefined;
  const wanted = models?.['application/json'];
  if (wanted === undefined) return undefined;
  for (const model of await context.resourcesOfType('AWS::ApiGateway::Model')) {
    if ((await context.valuesOf(model)).ref === wanted) return await context.property(model, 'Schema') as unknown as object;
  }
  throw new LocalError(`${method.path} names the model ${wanted}, which is not in this assembly.`);
}

async function integrationOf(method: Resource, context: Context): Promise<RouteIntegration> {
  const part = (name: string): Promise<unknown> => context.property(method, `Integration.${name}`);
  const type = await part('Type');
  const timeoutMs = Number(await part('TimeoutInMillis') ?? 29_000);
  if (type === 'AWS_PROXY') {
    const arn = /functions\/(arn:[^/]+)\/invocations/.exec(String(await part('Uri')))?.[1];
    if (arn === undefined) throw new LocalError(`${method.path} is integrated with ${String(await part('Uri'))}, which is not a function.`);
    // Without its qualifier: here is one version.
    return { kind: 'lambda', functionName: arn.split(':')[6], timeoutMs };
  }
  if (type === 'HTTP_PROXY' || type === 'HTTP') {
    const uri = String(await part('Uri'));
    return { kind: 'http', port: await backendPort(method, context), path: uri.replace(/^https?:\/\/[^/]+/, ''), method: String(await part('IntegrationHttpMethod')), timeoutMs };
  }
  if (type !== 'MOCK') throw new LocalError(`${method.path} is integrated as ${String(type)}, which has no local meaning.`);
  const [answer] = await part('IntegrationResponses') as { StatusCode?: string; ResponseParameters?: Record<string, string> }[] | undefined ?? [];
  const headers = Object.entries(answer?.ResponseParameters ?? {}).map(([name, value]) => [name.replace('method.response.header.', ''), value.replace(/^'|'$/g, '')] as const);
  return { kind: 'fixed', status: Number(answer?.StatusCode ?? 200), headers: Object.fromEntries(headers) };
}

/** Port of the load balancer that a method's VPC link leads to. */
async function backendPort(method: Resource, context: Context): Promise<number> {
  const target = await context.property(method, 'Integration.IntegrationTarget');
  const balancers = await Promise.all((await context.resourcesOfType('AWS::ElasticLoadBalancingV2::LoadBalancer')).map((one) => context.valuesOf(one)));
  const found = balancers.find(({ ref }) => ref === target);
  if (!found) throw new LocalError(`${method.path} forwards to ${String(target)}, which is not a load balancer of this assembly.`);
  return Number(found.attributes['local:port']);
}

async function responsesOf(id: string, context: Context): Promise<Record<string, string>> {
  const templates: Record<string, string> = {};
  for (const one of await ofApi('AWS::ApiGateway::GatewayResponse', id, context)) {
    const template = (await context.property(one, 'ResponseTemplates') as Record<string, string> | undefined)?.['application/json'];
    if (template !== undefined) templates[String(await context.property(one, 'ResponseType'))] = template;
  }
  return templates;
}
