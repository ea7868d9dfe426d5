import { createHash } from 'node:crypto';
import type { Resource } from '../assembly/model';
import type { Context } from '../providers/provider';

/** Id of an API: ten letters and digits as in AWS, and the same at every run. */
export function apiId(resource: Resource): string {
  return createHash('sha256').update(resource.path).digest('base64').replace(/[^a-z0-9]/g, '').slice(0, 10).padEnd(10, '0');
}

const ports = new WeakMap<Context, Map<string, Promise<number>>>();

/** Port that stands for an API's host name; there from the moment on that the API is. */
export function apiPort(context: Context, id: string): Promise<number> {
  let known = ports.get(context);
  if (!known) ports.set(context, known = new Map());
  let port = known.get(id);
  if (!port) known.set(id, port = context.ports.portFor(`api-${id}`));
  return port;
}

const HOST = /\b(https|wss):\/\/([a-z0-9]{10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com/g;

/** Replaces the addresses of the platform's own APIs by those that lead to them. */
export async function localAddresses(context: Context, text: string): Promise<string> {
  let result = text;
  for (const [host, scheme, id] of text.matchAll(HOST)) {
    result = result.replaceAll(host, `${scheme === 'wss' ? 'ws' : 'http'}://localhost:${await apiPort(context, id)}`);
  }
  return result;
}
