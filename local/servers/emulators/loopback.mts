import { Server } from 'node:net';

type Listen = (this: Server, ...args: unknown[]) => Server;

/**
 * Preloaded into an emulator: whatever it asks for, it listens on 127.0.0.1, so that nothing of a local platform can be
 * reached from the network.
 */
const original = Server.prototype.listen as unknown as Listen;
const replacement: Listen = function (...args) {
  const [first] = args;
  if (typeof first === 'object' && first !== null && 'port' in first) {
    return original.call(this, { ...first, host: '127.0.0.1' }, ...args.slice(1));
  }
  if (typeof first === 'number') {
    return original.call(this, { port: first, host: '127.0.0.1' }, ...args.slice(1).filter((value) => typeof value === 'function'));
  }
  return original.apply(this, args);
};
Server.prototype.listen = replacement as unknown as typeof Server.prototype.listen;
