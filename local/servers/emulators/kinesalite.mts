import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import './loopback.mts';

// Run by `startKinesalite`; arguments: port, data folder.
const [port, path] = process.argv.slice(2);
const kinesalite = createRequire(import.meta.url)('kinesalite') as (options: object) => Server;

const server = kinesalite({ path, createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 100 });
server.keepAliveTimeout = 60_000;
server.listen(Number(port));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
