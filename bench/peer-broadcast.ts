/** The peer: bare `ws` that sends what the cache publishes to everybody who is connected. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';
import type { PeerJob } from './lib/fan-out-job';

process.once('disconnect', () => process.exit(0));
process.once('message', (job) => {
  const { redis: { url, token, caFile }, channels } = job as PeerJob;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () => {
    const { hostname: host, port } = new URL(url);
    const redis = new Redis({ host, port: Number(port), password: token, tls: { ca: readFileSync(caFile), servername: host } });
    redis.on('message', (channel: string, json: string) => {
      const message = `{"channel":"${channel}","data":${json}}`;
      for (const client of server.clients) client.send(message);
    });
    void redis.subscribe(...channels).then(() => process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  });
});
