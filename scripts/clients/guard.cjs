// Loaded before everything else into the process of a client under test: nothing may leave this machine. Whatever is tried is refused, and told
// on standard error, so that the check fails even when the client hides the refusal.
'use strict';
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/;

function refuse(host) {
  process.stderr.write(`OUTGOING ${host}\n`);
  return Object.assign(new Error(`the check lets nothing out, and this was for ${host}`), { code: 'ECONNREFUSED' });
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function guarded(...args) {
  // Node's own callers pass an array of the normalised arguments.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: typeof second === 'string' ? second : undefined };
  const host = options.path === undefined ? options.host ?? 'localhost' : 'localhost';
  if (LOOPBACK.test(host)) return connect.apply(this, args);
  process.nextTick(() => this.destroy(refuse(host)));
  return this;
};

for (const target of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(target).filter((one) => one === 'lookup' || /^resolve/.test(one))) {
    const real = target[name];
    target[name] = function guarded(host, ...rest) {
      if (LOOPBACK.test(host)) return real.call(this, host, ...rest);
      const error = refuse(host);
      const done = rest.at(-1);
      return typeof done === 'function' ? process.nextTick(done, error) : Promise.reject(error);
    };
  }
}

dgram.Socket.prototype.send = function guarded() {
  throw refuse('a datagram');
};
