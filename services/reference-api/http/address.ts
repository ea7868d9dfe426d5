import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Where a request came from. Each proxy appends the address that it was called from to `X-Forwarded-For`, so that exactly as many of the last
 * entries are true as there are proxies of ours in front; what comes before them is whatever the client wrote.
 *
 * @param trustedProxies how many of ours there are, the load balancer included; 0: clients connect to this service
 * @returns undefined when nobody can say: a request that came through a proxy which we were not told of, or past those that we were
 */
export function addressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string | undefined {
  const forwarded = headers['x-forwarded-for'];
  if (trustedProxies === 0) return forwarded === undefined ? socket.remoteAddress : undefined;
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded ?? '').split(',').map((hop) => hop.trim());
  const address = hops.at(-trustedProxies);
  return address !== undefined && isIP(address) !== 0 ? networkOf(address) : undefined;
}

/** An IPv6 customer has a whole /64 to choose addresses from. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.includes('.')) return address;
  const [head, tail] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...back];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
