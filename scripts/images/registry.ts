import { createHash } from 'node:crypto';
import type { BaseImage } from './images';

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** How a registry is reached, for tests. */
export interface Reach {
  readonly scheme?: 'https' | 'http';
  readonly timeoutMs?: number;
}

/**
 * Asks a registry for the digest of an image's tag, as anybody may (OCI distribution). The digest is that of the bytes that came; what the registry
 * says about them must be the same.
 *
 * @throws Error that says which registry did not answer, or answered nonsense
 */
export async function digestOf({ image, tag }: Pick<BaseImage, 'image' | 'tag'>, { scheme = 'https', timeoutMs = 20_000 }: Reach = {}): Promise<string> {
  const [host, ...path] = image.split('/');
  const url = `${scheme}://${host}/v2/${path.join('/')}/manifests/${tag}`;
  const ask = (headers: Record<string, string> = {}): Promise<Response> => (
    fetch(url, { headers: { accept: MANIFESTS, ...headers }, signal: AbortSignal.timeout(timeoutMs) }));
  try {
    let answer = await ask();
    if (answer.status === 401) answer = await ask({ authorization: `Bearer ${await tokenFor(answer.headers.get('www-authenticate') ?? '', timeoutMs)}` });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    const digest = `sha256:${createHash('sha256').update(new Uint8Array(await answer.arrayBuffer())).digest('hex')}`;
    const said = answer.headers.get('docker-content-digest');
    if (said !== null && said !== digest) throw new Error(`it says ${said} of what is ${digest}`);
    return digest;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${image}:${tag} could not be read: ${cause instanceof Error ? cause.message : message}`);
  }
}

async function tokenFor(challenge: string, timeoutMs: number): Promise<string> {
  const { realm, ...rest } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  if (realm === undefined) throw new Error('it wants an identity and does not say from where');
  const url = new URL(realm);
  for (const [name, value] of Object.entries(rest)) url.searchParams.set(name, value);
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  const { token } = await answer.json() as { token?: string };
  if (token === undefined) throw new Error('it gives no token');
  return token;
}
