import { DatabaseSync } from 'node:sqlite';
import './loopback.mts';

// Run by `startFauxqs`; arguments: port, data folder, region.
const [port, dataDir, region] = process.argv.slice(2);

// With SQLite's default every message costs four disk flushes. NORMAL loses nothing when a process is killed, which is what the
// local platform promises; only a power cut could take the last writes.
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql: string) {
  exec.call(this, sql);
  if (/journal_mode/i.test(sql)) exec.call(this, 'PRAGMA synchronous = NORMAL');
};

// A message that is made visible at once is written without its counters, which the table refuses; the call then fails and the
// message's group stays locked for ever. Keep what the row has.
const prepare = DatabaseSync.prototype.prepare;
DatabaseSync.prototype.prepare = function (sql: string) {
  return prepare.call(this, sql.replace(/\b(approximate_receive_count|approximate_first_receive_timestamp) = \?/g, '$1 = COALESCE(?, $1)'));
};

// After the patches, hence no static import.
const { startFauxqs } = await import('fauxqs');
await startFauxqs({ port: Number(port), logger: false, defaultRegion: region, dataDir, s3StorageDir: `${dataDir}/s3` });
