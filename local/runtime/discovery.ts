import type { Context } from '../providers/provider';

const known = new WeakMap<Context, Map<string, Promise<number>>>();

function namesOf(context: Context): Map<string, Promise<number>> {
  let names = known.get(context);
  if (!names) known.set(context, names = new Map());
  return names;
}

/** Port that stands for the host of a name in Cloud Map; the task that has the name listens on it. */
export function discoveryPort(context: Context, host: string): Promise<number> {
  const names = namesOf(context);
  let port = names.get(host);
  if (!port) names.set(host, port = context.ports.portFor(`name-${host}`));
  return port;
}

/** Replaces `host:port` of names in Cloud Map by where their tasks listen here. */
export async function discoveredAddresses(context: Context, text: string): Promise<string> {
  let result = text;
  for (const [host, port] of namesOf(context)) result = result.replace(new RegExp(`\\b${host.replaceAll('.', '\\.')}:\\d+`, 'g'), `127.0.0.1:${await port}`);
  return result;
}
