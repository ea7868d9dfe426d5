import { DatabaseSync } from 'node:sqlite';
import './loopback.mts';
import './s3-browsers.mts';

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

// A receive gives up to ten messages of a FIFO group, in order, as SQS does; one by one a consumer that has fallen behind never
// catches up. Behind the package's exports, hence the path.
interface FifoMessage { place?: number }
interface FifoQueue {
  readonly fifoMessages: Map<string, FifoMessage[]>;
  readonly fifoLockedGroups: Map<string, number>;
  dequeueFifo(max: number, ...rest: unknown[]): unknown[];
  processTimers(): void;
  changeVisibility(handle: string, seconds: number): void;
}
const { SqsQueue } = await import(new URL('./sqs/sqsStore.js', import.meta.resolve('fauxqs')).href) as { SqsQueue: { prototype: FifoQueue } };
const { dequeueFifo, processTimers, changeVisibility } = SqsQueue.prototype;
let places = 0;
SqsQueue.prototype.dequeueFifo = function (max: number, ...rest: unknown[]) {
  const before = new Set(this.fifoLockedGroups.keys());
  const mine = new Map<string, number>();
  const received: unknown[] = [];
  for (const group of this.fifoMessages.values()) for (const message of group.slice(0, 10)) message.place ??= ++places;
  while (received.length < Math.min(max, 10)) {
    const one = dequeueFifo.call(this, 1, ...rest);
    if (one.length === 0) break;
    received.push(...one);
    // What this very receive has locked it may go on with.
    for (const [group, count] of [...this.fifoLockedGroups].filter(([name]) => !before.has(name))) {
      mine.set(group, (mine.get(group) ?? 0) + count);
      this.fifoLockedGroups.delete(group);
    }
  }
  for (const [group, count] of mine) this.fifoLockedGroups.set(group, count);
  return received;
};
// What comes back goes to the front of its group one by one, which would turn several round.
function inOrder(queue: FifoQueue): void {
  for (const group of queue.fifoMessages.values()) {
    if (group.length > 1 && group[0].place !== undefined) group.sort((a, b) => (a.place ?? Infinity) - (b.place ?? Infinity) || 0);
  }
}
SqsQueue.prototype.processTimers = function () {
  processTimers.call(this);
  inOrder(this);
};
SqsQueue.prototype.changeVisibility = function (handle: string, seconds: number) {
  changeVisibility.call(this, handle, seconds);
  if (seconds === 0) inOrder(this);
};

// After the patches, hence no static import.
const { startFauxqs } = await import('fauxqs');
await startFauxqs({ port: Number(port), logger: false, defaultRegion: region, dataDir, s3StorageDir: `${dataDir}/s3` });
