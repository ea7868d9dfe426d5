import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { ConnectionOptions } from '@platformatic/kafka';
import { SignatureV4 } from '@smithy/signature-v4';

/** Ports on which a cluster of MSK asks for an identity of AWS, within the VPC and from outside. */
const IAM_PORTS = new Set(['9098', '9198', '9298']);
const TLS_PORTS = new Set(['9094', '9096', '9194', '9196', ...IAM_PORTS]);
/** A token is for signing in, once per connection. */
const TOKEN_SECONDS = 900;

/** SHA-256 in the form in which the signer asks for it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}

/** A request to connect to clusters of a region, signed with what this process signs in to AWS with: the password of a connection to MSK. */
export async function mskToken(region: string, now = new Date()): Promise<string> {
  const signer = new SignatureV4({ service: 'kafka-cluster', region, credentials: fromNodeProviderChain(), sha256: Sha256 as never });
  const hostname = `kafka.${region}.amazonaws.com`;
  const signed = await signer.presign(
    { method: 'GET', protocol: 'https:', hostname, path: '/', query: { Action: 'kafka-cluster:Connect' }, headers: { host: hostname } },
    { expiresIn: TOKEN_SECONDS, signingDate: now });
  const query = new URLSearchParams({ ...signed.query as Record<string, string>, 'User-Agent': 'cdk-trading-platform' });
  return Buffer.from(`https://${hostname}/?${query}`).toString('base64url');
}

/** TLS and sign-in, as the brokers' ports of MSK have it; a broker on any other port is spoken to in the clear. */
export function mskSignIn(brokers: readonly string[], region: string): Pick<ConnectionOptions, 'tls' | 'sasl'> {
  const ports = brokers.map((broker) => broker.slice(broker.lastIndexOf(':') + 1));
  return {
    ...(ports.some((port) => TLS_PORTS.has(port)) ? { tls: {} } : {}),
    ...(ports.some((port) => IAM_PORTS.has(port)) ? { sasl: { mechanism: 'OAUTHBEARER' as const, token: () => mskToken(region) } } : {}),
  };
}
