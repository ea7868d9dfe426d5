import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { FunctionRegistry } from './functions';
import type { SecretStore } from './secrets';

/** The AWS calls that the platform answers itself. */
export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT = 6 << 20;

/**
 * Lambda's Invoke and Secrets Manager's GetSecretValue, on 127.0.0.1. It is also the address of every service that has no
 * stand-in: such a call gets a clear refusal instead of reaching AWS.
 */
export function startControlServer(port: number, functions: FunctionRegistry, secrets: SecretStore): Promise<ControlServer> {
  const server = createServer((request, response) => {
    respond(request, response, functions, secrets).catch((error: unknown) => {
      send(response, 500, { __type: 'InternalFailure', message: error instanceof Error ? error.message : String(error) });
    });
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${port}`,
      close: () => new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
    }));
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, functions: FunctionRegistry, secrets: SecretStore): Promise<void> {
  const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '');
  const body = await bodyOf(request);
  if (body === undefined) return send(response, 413, { message: `the payload is larger than ${BODY_LIMIT} bytes` });
  if (invoked) return invoke(decodeURIComponent(invoked[1]), request, body, response, functions);
  const target = request.headers['x-amz-target'];
  if (target === 'secretsmanager.GetSecretValue') return getSecretValue(body, response, secrets);
  send(response, 501, { __type: 'NotImplemented', message: `${String(target ?? request.url)} has no local stand-in` });
}

async function invoke(name: string, request: IncomingMessage, body: string, response: ServerResponse, functions: FunctionRegistry): Promise<void> {
  const found = functions.get(name);
  if (!found) {
    response.setHeader('x-amzn-errortype', 'ResourceNotFoundException');
    return send(response, 404, { Message: `Function not found: ${name}` });
  }
  let event: unknown;
  try {
    event = body === '' ? {} : JSON.parse(body);
  } catch {
    response.setHeader('x-amzn-errortype', 'InvalidRequestContentException');
    return send(response, 400, { Message: 'Could not parse request body into json' });
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') return send(response, 204);
  const result = found.invoke(event);
  if (type === 'Event') return send(response, 202);
  const outcome = await result;
  if ('error' in outcome) response.setHeader('x-amz-function-error', 'Unhandled');
  response.setHeader('x-amz-executed-version', '$LATEST');
  send(response, 200, 'error' in outcome ? outcome.error : outcome.value);
}

function getSecretValue(body: string, response: ServerResponse, secrets: SecretStore): void {
  let id: unknown;
  try {
    id = (JSON.parse(body) as { SecretId?: unknown }).SecretId;
  } catch { /* answered below */ }
  const text = typeof id === 'string' ? secrets.get(id) : undefined;
  const arn = typeof id === 'string' ? secrets.arnOf(id) : undefined;
  if (text === undefined || arn === undefined) {
    return send(response, 400, { __type: 'ResourceNotFoundException', Message: 'Secrets Manager can\'t find the specified secret.' });
  }
  const name = arn.split(':')[6].slice(0, -7);
  send(response, 200, { ARN: arn, Name: name, SecretString: text, VersionId: '00000000-0000-0000-0000-000000000001', VersionStages: ['AWSCURRENT'], CreatedDate: 0 });
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, value?: unknown): void {
  response.statusCode = status;
  if (value === undefined) return void response.end();
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify(value));
}
