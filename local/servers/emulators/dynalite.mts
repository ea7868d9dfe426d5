import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import './loopback.mts';

// Run by `startDynalite`; arguments: port, data folder.
const [port, path] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const dynalite = require('dynalite') as (options: object) => Server;

// Opened once before: the server itself would start with a damaged folder and end at its first request.
const { Level } = createRequire(require.resolve('dynalite'))('level') as { Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> } };
const database = new Level(path);
await database.open().catch((error: Error) => {
  console.error(`LEVEL_OPEN ${error.cause instanceof Error ? error.cause.message : error.message}`);
  process.exit(1);
});
await database.close();

const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.keepAliveTimeout = 60_000;
server.listen(Number(port));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
