import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsSettings } from '../../../integ/aws/settings';

/** What a call came with: its parameters, by the names that the service's API gives them. */
export type Parameters = Record<string, unknown>;
/** Answers a call: a body, or an error with the status 400. Arrays are repeated elements in XML. */
export type Answer = (parameters: Parameters) => object | AwsError;

/** An error as AWS tells it. */
export class AwsError {
  constructor(readonly code: string, readonly message: string) {}
}

/** A server that speaks the protocols of AWS over a loopback connection: query and XML, JSON by target, and REST with JSON. */
export class AwsLoopback {
  /** Names of the calls so far, such as `FailoverDBCluster` or `POST /zonalshifts`, with what they came with. */
  readonly calls: { readonly name: string; readonly parameters: Parameters }[] = [];
  private constructor(private readonly server: Server, private readonly answers: Record<string, Answer>) {}

  /** @param answers by the name of the call; REST calls by method and path, in which `*` stands for one part */
  static async start(answers: Record<string, Answer>): Promise<AwsLoopback> {
    const server = createServer();
    const loopback = new AwsLoopback(server, answers);
    server.on('request', (request, response) => {
      void bodyOf(request).then((body) => {
        const { status, type, text } = loopback.answer(request, body);
        response.writeHead(status, { 'content-type': type }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return loopback;
  }

  get settings(): AwsSettings {
    return {
      region: 'us-east-1', endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
  }

  names(): string[] {
    return this.calls.map(({ name }) => name);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, body: string): { status: number; type: string; text: string } {
    const target = request.headers['x-amz-target'];
    const path = (request.url ?? '').split('?', 1)[0];
    if (typeof target === 'string') return this.json(target.split('.')[1], parsed(body));
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      const parameters = Object.fromEntries(new URLSearchParams(body));
      return this.xml(String(parameters.Action), parameters);
    }
    const name = Object.keys(this.answers).find((one) => new RegExp(`^${one.replace(/\*/g, '[^/]+')}$`).test(`${request.method} ${path}`));
    if (!/AWS4-HMAC-SHA256 .*Signature=[0-9a-f]{64}/.test(request.headers.authorization ?? '')) return { status: 403, type: 'application/json', text: '{"message":"not signed"}' };
    return this.json(name ?? `${request.method} ${path}`, parsed(body));
  }

  private json(name: string, parameters: Parameters): { status: number; type: string; text: string } {
    const answer = this.called(name, parameters);
    const type = 'application/json';
    return answer instanceof AwsError
      ? { status: 400, type, text: JSON.stringify({ __type: answer.code, message: answer.message }) }
      : { status: 200, type, text: JSON.stringify(answer) };
  }

  private xml(name: string, parameters: Parameters): { status: number; type: string; text: string } {
    const answer = this.called(name, parameters);
    const type = 'text/xml';
    if (answer instanceof AwsError) return { status: 400, type, text: `<ErrorResponse><Error><Code>${answer.code}</Code><Message>${answer.message}</Message></Error></ErrorResponse>` };
    return { status: 200, type, text: `<${name}Response><${name}Result>${elements(answer)}</${name}Result></${name}Response>` };
  }

  private called(name: string, parameters: Parameters): object | AwsError {
    this.calls.push({ name, parameters });
    return this.answers[name]?.(parameters) ?? new AwsError('UnknownOperation', `nobody answers ${name}`);
  }
}

function elements(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return Object.entries(value).map(([name, one]) => (
    (Array.isArray(one) ? one : [one]).filter((each) => each !== undefined).map((each) => `<${name}>${elements(each)}</${name}>`).join(''))).join('');
}

function parsed(body: string): Parameters {
  return body === '' ? {} : JSON.parse(body) as Parameters;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
