import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, request, Server, type ServerResponse } from 'node:http';

// What S3 does for browsers and its stand-in does not: CORS rules, presigned requests that are really looked at, forms with a policy. Account
// keys of this machine have their own id as their secret.

interface CorsRule {
  readonly origins: readonly RegExp[];
  readonly methods: readonly string[];
}

/** A refusal in S3's words. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const MOST_BODY = 16 * 1024 * 1024;
/** Answers of this process to itself are passed on as they are. */
const OWN = 'x-local-verified';
const own = createHash('sha256').update(`${process.pid} ${Date.now()} ${Math.random()}`).digest('hex');
const rules = new Map<string, readonly CorsRule[]>();

const emit = Server.prototype.emit as (this: Server, event: string, ...args: unknown[]) => boolean;
Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
  if (event !== 'request') return emit.call(this, event, ...args);
  const [message, response] = args as [IncomingMessage, ServerResponse];
  const pass = (): boolean => emit.call(this, event, message, response);
  if (message.headers[OWN] === own) return pass();
  try {
    return handle(message, response, pass);
  } catch (error) {
    refuse(response, error);
    return true;
  }
} as typeof Server.prototype.emit;

function handle(message: IncomingMessage, response: ServerResponse, pass: () => boolean): boolean {
  const url = new URL(message.url ?? '/', 'http://s3');
  const bucket = decodeURIComponent(url.pathname.split('/')[1] ?? '');
  const { method } = message;
  if (method === 'PUT' && url.searchParams.has('cors')) {
    take(message).then((body) => {
      rules.set(bucket, parseCors(body.toString()));
      response.writeHead(200).end();
    }).catch((error: unknown) => refuse(response, error));
    return true;
  }
  const { origin } = message.headers;
  const allowed = origin !== undefined && allows(bucket, origin, method === 'OPTIONS' ? message.headers['access-control-request-method'] : method);
  if (allowed) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
  }
  if (method === 'OPTIONS') {
    if (!allowed) throw new Refusal(403, 'AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
    response.writeHead(200, { 'access-control-allow-methods': String(message.headers['access-control-request-method']) }).end();
    return true;
  }
  if (method === 'POST' && /^multipart\/form-data/i.test(message.headers['content-type'] ?? '')) {
    take(message).then((body) => form(bucket, message, body)).then((etag) => response.writeHead(204, { etag }).end())
      .catch((error: unknown) => refuse(response, error));
    return true;
  }
  if (url.searchParams.has('X-Amz-Signature')) checkAddress(message, url);
  // A bucket that browsers come to has nothing for those who sign nothing.
  else if (rules.has(bucket) && message.headers.authorization === undefined) throw new Refusal(403, 'AccessDenied', 'Access Denied');
  return pass();
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, code, message } = error instanceof Refusal ? error : new Refusal(400, 'MalformedPOSTRequest', String(error));
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

async function take(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY) throw new Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function parseCors(xml: string): CorsRule[] {
  const all = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value);
  return [...xml.matchAll(/<CORSRule>(.*?)<\/CORSRule>/gs)].map(([, rule]) => ({
    origins: all(rule, 'AllowedOrigin').map((origin) => new RegExp(`^${origin.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)),
    methods: all(rule, 'AllowedMethod'),
  }));
}

function allows(bucket: string, origin: string, method = ''): boolean {
  return (rules.get(bucket) ?? []).some(({ origins, methods }) => methods.includes(method) && origins.some((one) => one.test(origin)));
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature that whoever has the key's secret makes of a text. */
function signature(credential: string, text: string): string {
  const [id = '', day = '', region = '', service = ''] = credential.split('/');
  return hmac(hmac(hmac(hmac(hmac(`AWS4${id}`, day), region), service), 'aws4_request'), text).toString('hex');
}

function checkSignature(given: string, wanted: string): void {
  if (given.length !== wanted.length || !timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) {
    throw new Refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
  }
}

const encoded = (text: string): string => encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Checks the signature of an address and that its time has not passed. */
function checkAddress({ method, headers }: IncomingMessage, url: URL): void {
  const of = (name: string): string => url.searchParams.get(name) ?? '';
  const stamp = of('X-Amz-Date');
  const begun = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(begun + Number(of('X-Amz-Expires')) * 1_000 > Date.now())) throw new Refusal(403, 'AccessDenied', 'Request has expired');
  const query = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const signed = of('X-Amz-SignedHeaders');
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}`);
  const canonical = [method, url.pathname, query.join('&'), ...lines, '', signed, 'UNSIGNED-PAYLOAD'].join('\n');
  const credential = of('X-Amz-Credential');
  const scope = credential.split('/').slice(1).join('/');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  checkSignature(of('X-Amz-Signature'), signature(credential, text));
}

type Condition = Readonly<Record<string, string>> | readonly [string, string | number, string | number];

/** Checks a form against its policy and puts its file where it says. @returns the entity tag */
async function form(bucket: string, message: IncomingMessage, body: Buffer): Promise<string> {
  const parts = [...await new Response(new Uint8Array(body), { headers: { 'content-type': String(message.headers['content-type']) } }).formData()];
  const at = parts.findIndex(([name]) => name === 'file');
  const file = parts[at]?.[1];
  if (!(file instanceof Blob)) throw new Refusal(400, 'InvalidArgument', 'POST requires exactly one file upload per request.');
  // What stands behind the file is not looked at.
  const fields = new Map(parts.slice(0, at).map(([name, value]) => [name.toLowerCase(), { name, value: String(value) }]));
  const field = (name: string): string => fields.get(name)?.value ?? '';
  const text = field('policy');
  if (text === '') throw new Refusal(403, 'AccessDenied', 'Access Denied');
  checkSignature(field('x-amz-signature'), signature(field('x-amz-credential'), text));
  const policy = JSON.parse(Buffer.from(text, 'base64').toString()) as { expiration: string; conditions: readonly Condition[] };
  if (!(Date.parse(policy.expiration) > Date.now())) throw new Refusal(403, 'AccessDenied', 'Invalid according to Policy: Policy expired.');
  const named = new Set<string>();
  const broken = (condition: unknown): Refusal => new Refusal(403, 'AccessDenied', `Invalid according to Policy: Policy Condition failed: ${JSON.stringify(condition).replaceAll('<', '&lt;')}`);
  for (const condition of policy.conditions) {
    const [kind, key, value] = Array.isArray(condition) ? condition : ['eq', ...Object.entries(condition)[0]];
    if (kind === 'content-length-range') {
      if (file.size < Number(key)) throw new Refusal(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      if (file.size > Number(value)) throw new Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
      continue;
    }
    const name = String(key).replace(/^\$/, '').toLowerCase();
    named.add(name);
    const given = name === 'bucket' ? bucket : field(name);
    if (kind === 'eq' ? given !== value : kind !== 'starts-with' || !given.startsWith(String(value))) throw broken(condition);
  }
  for (const name of fields.keys()) {
    if (!named.has(name) && name !== 'policy' && name !== 'x-amz-signature' && !name.startsWith('x-ignore-')) {
      throw new Refusal(403, 'AccessDenied', `Invalid according to Policy: Extra input fields: ${name.replaceAll('<', '&lt;')}`);
    }
  }
  return put(message, `/${encoded(bucket)}/${field('key').split('/').map(encoded).join('/')}`, field('content-type') || 'binary/octet-stream', Buffer.from(await file.arrayBuffer()));
}

function put(message: IncomingMessage, path: string, type: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: message.socket.localPort, method: 'PUT', path, headers: { [OWN]: own, 'content-type': type, 'content-length': body.length } });
    sent.once('response', (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve(String(answer.headers.etag));
      else reject(new Refusal(answer.statusCode ?? 500, 'NoSuchBucket', 'The specified bucket does not exist'));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
