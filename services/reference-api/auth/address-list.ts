/** Lists of network addresses that something may come from. */
import { BlockList, isIP } from 'node:net';

const NETWORK = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/;

/** What `addressOf` makes of an IPv6 address is its /64, so nothing narrower can be told apart. */
const NARROWEST_IPV6 = 64;

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parse(text: string): Network | undefined {
  const [, address, prefix] = NETWORK.exec(text) ?? [];
  const version = address === undefined ? 0 : isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  return bits <= longest ? { address, prefix: bits, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
}

/** Whether a text is an address or a network that a list may have. */
export function isNetwork(text: string): boolean {
  const network = parse(text);
  return network !== undefined && (network.family === 'ipv4' || network.prefix <= NARROWEST_IPV6);
}

/** Makes a list ready to be asked; addresses are as `addressOf` says them: of IPv6 the network. */
export function addressCheck(list: readonly string[]): (address: string) => boolean {
  const networks = new BlockList();
  for (const one of list) {
    const network = parse(one);
    if (network) networks.addSubnet(network.address, network.prefix, network.family);
  }
  return (address) => {
    const asked = parse(address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address);
    return asked !== undefined && networks.check(asked.address, asked.family);
  };
}

/** Whether a list has an address. */
export function allows(list: readonly string[], address: string): boolean {
  return addressCheck(list)(address);
}
