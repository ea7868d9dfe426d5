import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemplateResource, TemplateValue } from '../assembly/model';

/** A container that says who it is, crashes on demand, and speaks WebSocket. */
const ECHO = `
const http = require('node:http');
const crypto = require('node:crypto');
if (process.env.MOOD === 'crash') { console.error('no mood to start'); process.exit(3); }
let ill = false;
const server = http.createServer((request, response) => {
  if (request.url === '/health') { response.statusCode = ill ? 503 : 200; return response.end(); }
  if (request.url === '/ill') ill = true;
  if (request.url === '/crash') { console.error('asked to crash'); process.exit(7); }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('set-cookie', 'own=1');
    response.end(JSON.stringify({ pid: process.pid, url: request.url, method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString(), env: process.env }));
  });
});
server.on('upgrade', (request, socket) => {
  const accept = crypto.createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: Upgrade\\r\\nsec-websocket-accept: ' + accept + '\\r\\n\\r\\n');
  const text = Buffer.from(String(process.pid));
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  socket.on('error', () => {});
});
server.listen(Number(process.env.PORT), '127.0.0.1');
`;

/** A function that appends what it is given to a file; some bodies make it fail in one way or another. */
const WORKER = `
const fs = require('node:fs');
exports.handler = async (event, context) => {
  const { requestContext } = event;
  if (event.type === 'REQUEST') {
    const Effect = event.headers['sec-websocket-protocol'] === 'good' ? 'Allow' : 'Deny';
    return { principalId: 'me', policyDocument: { Statement: [{ Effect }] }, context: { account: 'mine' } };
  }
  if (requestContext?.routeKey) {
    fs.appendFileSync(process.env.RESULT_FILE, [requestContext.routeKey, requestContext.connectionId, requestContext.authorizer?.account, event.body ?? ''].join(' ') + '\\n');
    return { statusCode: 200 };
  }
  if (event.httpMethod) {
    if (event.body === 'fail') throw new Error('as asked');
    const seen = { path: event.path, resource: event.resource, parameters: event.pathParameters, query: event.queryStringParameters, claims: requestContext.authorizer?.claims, body: event.body };
    return { statusCode: 201, headers: { 'X-Own': 'yes' }, body: JSON.stringify(seen) };
  }
  if (!event.Records) {
    if (event.throw) throw new RangeError('as asked');
    if (event.sleep) await new Promise((resolve) => setTimeout(resolve, event.sleep));
    return { got: event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0 };
  }
  const failures = [];
  for (const record of event.Records) {
    const isFirst = !fs.existsSync(process.env.RESULT_FILE) || !fs.readFileSync(process.env.RESULT_FILE, 'utf8').includes(record.body);
    fs.appendFileSync(process.env.RESULT_FILE, record.body + ' ' + record.attributes.ApproximateReceiveCount + '\\n');
    if (record.body === 'die' && isFirst) process.kill(process.pid, 'SIGKILL');
    if (record.body === 'fail' && record.attributes.ApproximateReceiveCount === '1') {
      // What follows in the group must not overtake it.
      failures.push(...event.Records.slice(event.Records.indexOf(record)).map(({ messageId }) => ({ itemIdentifier: messageId })));
      break;
    }
  }
  return { batchItemFailures: failures };
};
`;

const manifest = (name: string, kind: 'container' | 'function', environment: object): object => ({ name, kind, entry: 'main.ts', healthPath: kind === 'container' ? '/health' : undefined, environment });

/** A small project and its cloud assembly, as the real ones look to `local/`. */
export interface Fixture {
  readonly project: string;
  readonly assembly: string;
  readonly data: string;
  /** File that the worker writes to. */
  readonly results: string;
}

/** How a test's assembly differs from the plain one. */
export interface FixtureOptions {
  /** Environment of the container, merged into the plain one. */
  readonly echo?: Readonly<Record<string, TemplateValue>>;
  readonly resources?: Readonly<Record<string, TemplateResource>>;
  readonly desiredCount?: number;
}

/** Writes a project with a container behind a load balancer and a function behind a queue. */
export function makeFixture(options: FixtureOptions = {}): Fixture {
  const root = mkdtempSync(join(tmpdir(), 'local-test-'));
  const results = join(root, 'results.txt');
  writeFileSync(results, '');
  writeService(root, 'echo', ECHO, manifest('echo', 'container', {
    PORT: { kind: 'port', default: 8080 }, MOOD: { kind: 'enum', values: ['good', 'crash'], default: 'good' }, QUEUE: { kind: 'queue', access: 'send' }, PASSWORD: { kind: 'secret' }, SOCKET_URL: { kind: 'string', default: 'none' },
  }));
  writeService(root, 'worker', WORKER, manifest('worker', 'function', { RESULT_FILE: { kind: 'string' } }));
  const assembly = join(root, 'cdk.out');
  writeAssembly(assembly, { ...resources(results, options), ...options.resources });
  return { project: root, assembly, data: join(root, 'data'), results };
}

function writeService(root: string, name: string, code: string, json: object): void {
  for (const folder of [join(root, 'services', name), join(root, 'assets', name)]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'services', name, 'service.json'), JSON.stringify(json));
  writeFileSync(join(root, 'assets', name, 'main.js'), code);
}

function resources(results: string, { echo = {}, desiredCount = 2 }: FixtureOptions): Record<string, TemplateResource> {
  const environment = { PORT: '8080', QUEUE: { Ref: 'Queue' }, ...echo };
  return {
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: { SecretStringTemplate: '{"username":"someone"}', GenerateStringKey: 'password', PasswordLength: 20 } } },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, VisibilityTimeout: 2 } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs22.x', Handler: 'main.handler', Timeout: 2, MemorySize: 256,
        Code: { S3Bucket: 'any', S3Key: 'hash-worker.zip' },
        Environment: { Variables: { RESULT_FILE: results } },
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Function' }, BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] },
    },
    Trigger: { Type: 'Custom::Trigger', Properties: { HandlerArn: { Ref: 'Function' }, InvocationType: 'RequestResponse' }, DependsOn: ['Queue'] },
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Type: 'application' } },
    Targets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: {
        HealthCheckPath: '/health', HealthCheckIntervalSeconds: 5, UnhealthyThresholdCount: 2, HealthyThresholdCount: 2,
        TargetGroupAttributes: [{ Key: 'stickiness.enabled', Value: 'true' }, { Key: 'stickiness.lb_cookie.duration_seconds', Value: '3600' }],
      },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: { LoadBalancerArn: { Ref: 'Balancer' }, DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Targets' } }] },
    },
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        ContainerDefinitions: [{
          Name: 'echo', Image: { 'Fn::Sub': '${AWS::AccountId}.dkr.ecr.us-east-1.${AWS::URLSuffix}/images:hash-echo' },
          Environment: Object.entries(environment).map(([Name, Value]) => ({ Name, Value })),
          Secrets: [{ Name: 'PASSWORD', ValueFrom: { 'Fn::Join': ['', [{ Ref: 'Secret' }, ':password::']] } }],
          StopTimeout: 2,
        }],
      },
    },
    Service: {
      Type: 'AWS::ECS::Service',
      DependsOn: ['Role', 'Listener', 'Trigger'],
      Properties: { TaskDefinition: { Ref: 'Task' }, DesiredCount: desiredCount, LoadBalancers: [{ ContainerName: 'echo', ContainerPort: 8080, TargetGroupArn: { Ref: 'Targets' } }] },
    },
  };
}

/** Writes an assembly of one stack named `Test`. */
export function writeAssembly(folder: string, stackResources: Readonly<Record<string, TemplateResource>>): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value));
  write('manifest.json', {
    artifacts: {
      'Test.assets': { type: 'cdk:asset-manifest', properties: { file: 'Test.assets.json' } },
      'Test': { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/us-east-1', properties: { templateFile: 'Test.template.json' }, dependencies: ['Test.assets'] },
    },
  });
  write('Test.assets.json', {
    files: { 'hash-worker': { source: { path: 'asset.worker' } } },
    dockerImages: { 'hash-echo': { source: { directory: 'asset.echo' } } },
  });
  write('Test.template.json', { Resources: stackResources });
  for (const [name, code] of [['echo', ECHO], ['worker', WORKER]]) {
    mkdirSync(join(folder, `asset.${name}`), { recursive: true });
    writeFileSync(join(folder, `asset.${name}`, 'main.js'), code);
  }
}
