import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { SignatureV4 } from '@smithy/signature-v4';

/** A form that a browser sends to the bucket itself: these fields in this order, then `file`. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 from which on the bucket refuses it. */
  readonly expiresAt: number;
}

/** An address that reads one object for a while, of whoever has it. */
export interface ReadAddress {
  readonly url: string;
  readonly expiresAt: number;
}

/** What may be uploaded, and nothing else. */
export interface UploadRules {
  readonly key: string;
  readonly contentType: string;
  readonly maxBytes: number;
  readonly seconds: number;
}

/** SHA-256 in the form in which the signer asks for it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Uint8Array | string) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data: Uint8Array | string): void {
    this.hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

/**
 * Lets browsers read and write single objects of a private bucket, by signatures that end soon. What is signed is done with this
 * process's own permissions. Keys are of letters, digits, `-`, `.` and `/`.
 */
export class PresignedObjects {
  private readonly signer: SignatureV4;

  constructor(private readonly client: S3Client, private readonly bucket: string) {
    const { credentials, region } = client.config;
    this.signer = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256 as never, uriEscapePath: false, applyChecksum: false });
  }

  /** Origin that the forms are sent to and the objects read from. */
  async origin(): Promise<string> {
    return (await this.endpoint()).origin;
  }

  /** A form for one object of one content type, up to so many bytes: the bucket itself looks at each of it before it takes anything. */
  async form({ key, contentType, maxBytes, seconds }: UploadRules, now = new Date()): Promise<UploadForm> {
    const { url, stamp, credential, token } = await this.setting(now);
    const expiresAt = now.getTime() + seconds * 1_000;
    const fields = {
      'key': key,
      'Content-Type': contentType,
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': credential,
      'x-amz-date': stamp,
      ...(token === undefined ? {} : { 'x-amz-security-token': token }),
    };
    const policy = Buffer.from(JSON.stringify({
      expiration: new Date(expiresAt).toISOString(),
      conditions: [{ bucket: this.bucket }, ...Object.entries(fields).map(([name, value]) => ({ [name]: value })), ['content-length-range', 1, maxBytes]],
    })).toString('base64');
    const signature = await this.signer.sign(policy, { signingDate: now });
    return { url: url.href, fields: { ...fields, 'policy': policy, 'x-amz-signature': signature }, expiresAt };
  }

  async readAddress(key: string, seconds: number, now = new Date()): Promise<ReadAddress> {
    const url = await this.endpoint();
    const path = `${url.pathname.replace(/\/$/, '')}/${key}`;
    const signed = await this.signer.presign({
      method: 'GET', protocol: url.protocol, hostname: url.hostname, ...(url.port ? { port: Number(url.port) } : {}), path,
      query: {}, headers: { 'host': url.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    }, { expiresIn: seconds, signingDate: now });
    const query = new URLSearchParams(signed.query as Record<string, string>);
    return { url: `${url.origin}${path}?${query.toString()}`, expiresAt: now.getTime() + seconds * 1_000 };
  }

  private async setting(now: Date): Promise<{ url: URL; stamp: string; credential: string; token?: string }> {
    const { credentials, region: regionOf } = this.client.config;
    const [url, { accessKeyId, sessionToken: token }, region] = await Promise.all([this.endpoint(), credentials(), regionOf()]);
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    return { url, stamp, credential: `${accessKeyId}/${stamp.slice(0, 8)}/${region}/s3/aws4_request`, ...(token === undefined ? {} : { token }) };
  }

  /** The bucket's own address, from the same settings as the client's calls. */
  private async endpoint(): Promise<URL> {
    const { url } = await getEndpointFromInstructions({ Bucket: this.bucket }, GetObjectCommand, this.client.config as never);
    return url;
  }
}
