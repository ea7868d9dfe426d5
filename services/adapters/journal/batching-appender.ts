import type { JournalWriter } from './journal';
import { type AppendOutcome, JournalOverloadedError, JournalUnavailableError, outcomeOf } from './journal-errors';
import { BATCH_OVERHEAD, type Command, type CommandTrace, encodeCommand, encodeCommandBatch, TRACE_ENTRY, type TraceContext, TRACES_OVERHEAD } from '../../domain';

export interface BatchingAppenderOptions {
  /** Most commands in one frame. */
  readonly maxFrameCommands?: number;
  /** Largest frame, in bytes; below the journal's limit of 1 MiB. */
  readonly maxFrameBytes?: number;
  /** Most commands that may wait, over all partitions. */
  readonly maxQueuedCommands?: number;
  /** Most bytes that may wait, over all partitions. */
  readonly maxQueuedBytes?: number;
  /** Milliseconds from a command's arrival after which no answer is awaited any more. */
  readonly deadlineMs?: number;
  /** Mean pause before the second attempt, in milliseconds; doubles up to `maxBackoffMs`, always with jitter. */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
}

/** How the appends went lately, in one partition. */
export interface LaneState {
  /** Milliseconds since 1970 at which the attempts began to fail, undefined when the last one succeeded. */
  readonly failingSince: number | undefined;
  /** What the last failure said. */
  readonly lastError: string | undefined;
  readonly queuedCommands: number;
  readonly appendedFrames: number;
}

/** How the appends went lately, over all partitions: one that fails is enough for `failingSince`. */
export interface AppenderState {
  /** Milliseconds since 1970 at which the attempts began to fail, undefined when the last one succeeded. */
  readonly failingSince: number | undefined;
  /** What the last failure said. */
  readonly lastError: string | undefined;
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly appendedCommands: number;
  readonly appendedFrames: number;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly trace: TraceContext | undefined;
  readonly deadline: number;
  readonly resolve: (position: string) => void;
  readonly reject: (error: Error) => void;
  settled: boolean;
}

interface Lane {
  readonly queue: Waiting[];
  running: Promise<void> | undefined;
  failingSince: number | undefined;
  lastError: string | undefined;
  appendedFrames: number;
}

const DEFAULTS = {
  maxFrameCommands: 5_000, maxFrameBytes: 1024 * 1024 - 4_096, maxQueuedCommands: 20_000, maxQueuedBytes: 8 * 1024 * 1024,
  deadlineMs: 10_000, backoffMs: 25, maxBackoffMs: 1_000,
};

/** Most traced commands of one frame; those beyond go without. */
const MAX_TRACES = 64;

/**
 * Groups commands to frames by what happens anyway: one append per partition is in flight, what arrives meanwhile forms the
 * next. Load makes batches, idle adds no wait, and the order of the calls is the order in the journal. A failed append is
 * repeated with the same frame; the ids of its commands make a second copy harmless.
 */
export class BatchingAppender {
  private readonly options: Required<BatchingAppenderOptions>;
  private readonly lanes = new Map<number, Lane>();
  private queuedCommands = 0;
  private queuedBytes = 0;
  private appendedCommands = 0;
  private appendedFrames = 0;
  private closed = false;

  constructor(private readonly writer: JournalWriter, options: BatchingAppenderOptions = {}) {
    this.options = { ...DEFAULTS, ...options };
  }

  /**
   * Queues a command, at once and in the order of the calls. Resolves with `<record position>:<index in the record>` when the
   * journal has it.
   *
   * @param trace goes into the record beside the command, which it does not change
   * @throws JournalOverloadedError when too much waits already; nothing was sent
   * @throws JournalUnavailableError when the deadline passed; its `outcome` tells whether it may be in the journal all the same
   */
  append(partition: number, command: Command, trace?: TraceContext): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new JournalOverloadedError('the appender is closed: this process is shutting down');
      const bytes = encodeCommand(command);
      const { maxFrameBytes, maxQueuedBytes, maxQueuedCommands, deadlineMs } = this.options;
      if (bytes.length + BATCH_OVERHEAD > maxFrameBytes) {
        throw new RangeError(`a command of ${bytes.length} bytes does not fit a frame of at most ${maxFrameBytes}`);
      }
      if (this.queuedCommands >= maxQueuedCommands || this.queuedBytes + bytes.length > maxQueuedBytes) {
        throw new JournalOverloadedError(`${this.queuedCommands} commands (${this.queuedBytes} bytes) wait for the journal already`);
      }
      const lane = this.laneOf(partition);
      lane.queue.push({ bytes, trace, deadline: Date.now() + deadlineMs, resolve, reject, settled: false });
      this.queuedCommands += 1;
      this.queuedBytes += bytes.length;
      lane.running ??= this.drain(partition, lane);
    });
  }

  get state(): AppenderState {
    const { queuedCommands, queuedBytes, appendedCommands, appendedFrames } = this;
    const failing = [...this.lanes.values()].filter((lane) => lane.failingSince !== undefined);
    const [first] = failing.sort((a, b) => a.failingSince! - b.failingSince!);
    return { failingSince: first?.failingSince, lastError: first?.lastError, queuedCommands, queuedBytes, appendedCommands, appendedFrames };
  }

  /** How the appends to one partition went lately. */
  stateOf(partition: number): LaneState {
    const { failingSince, lastError, queue, appendedFrames } = this.laneOf(partition);
    return { failingSince, lastError, queuedCommands: queue.length, appendedFrames };
  }

  /** A partition of the journal was reached by other means: forgets failures of the past. */
  noteReachable(partition: number): void {
    Object.assign(this.laneOf(partition), { failingSince: undefined, lastError: undefined });
  }

  /** Takes no more commands, and resolves when those that wait are in the journal or past their deadline. Does not close the writer. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.lanes.values()].map((lane) => lane.running));
  }

  private laneOf(partition: number): Lane {
    let lane = this.lanes.get(partition);
    if (!lane) this.lanes.set(partition, lane = { queue: [], running: undefined, failingSince: undefined, lastError: undefined, appendedFrames: 0 });
    return lane;
  }

  private async drain(partition: number, lane: Lane): Promise<void> {
    // Whatever the same turn of the event loop brings belongs to the first frame.
    await new Promise((resolve) => setImmediate(resolve));
    while (lane.queue.length > 0) {
      const batch = this.take(lane);
      if (batch.length > 0) await this.send(partition, lane, batch);
    }
    lane.running = undefined;
  }

  /** Takes the next frame's commands off the queue; those whose time is up are turned away, as nothing of them was sent. */
  private take({ queue, lastError }: Lane): Waiting[] {
    const now = Date.now();
    let size = BATCH_OVERHEAD;
    let count = 0;
    const batch: Waiting[] = [];
    for (const item of queue) {
      if (item.deadline <= now) {
        item.reject(new JournalUnavailableError(`the journal did not take the command in time: ${lastError ?? 'too much load'}`, 'refused'));
      } else {
        if (batch.length >= this.options.maxFrameCommands || size + item.bytes.length > this.options.maxFrameBytes) break;
        batch.push(item);
        size += item.bytes.length;
      }
      count += 1;
      this.queuedCommands -= 1;
      this.queuedBytes -= item.bytes.length;
    }
    queue.splice(0, count);
    return batch;
  }

  private async send(partition: number, lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const frame = encodeCommandBatch(partition, batch.map((item) => item.bytes), tracesOf(batch, this.options.maxFrameBytes));
    const { backoffMs, maxBackoffMs } = this.options;
    let outcome: AppendOutcome = 'refused';
    for (let attempt = 0; ; attempt++) {
      try {
        const position = await this.writer.append(partition, frame);
        this.noteReachable(partition);
        this.appendedCommands += batch.length;
        this.appendedFrames += 1;
        lane.appendedFrames += 1;
        batch.forEach((item, index) => item.resolve(`${position}:${index}`));
        return;
      } catch (error) {
        lane.failingSince ??= Date.now();
        lane.lastError = error instanceof Error ? error.message : String(error);
        if (outcomeOf(error) === 'unknown') outcome = 'unknown';
        const pause = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(attempt, 16)) * (0.5 + Math.random());
        if (!this.expire(lane, batch, Date.now() + pause, outcome)) return;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /**
   * Turns away the commands of a frame that could not be sent again before their deadline. The frame stays whole while one of
   * them is left, so of those that give up early nobody knows.
   *
   * @returns whether the frame is still worth another attempt
   */
  private expire({ lastError }: Lane, batch: readonly Waiting[], next: number, outcome: AppendOutcome): boolean {
    const alive = batch.some((item) => item.deadline > next);
    for (const item of batch) {
      if (item.settled || item.deadline > next) continue;
      item.settled = true;
      const message = `the journal did not confirm the append in time: ${lastError}`;
      item.reject(new JournalUnavailableError(message, alive ? 'unknown' : outcome));
    }
    return alive;
  }
}

/** Traces of a frame, as far as it has room for them: who is traced must not be told that the journal is full. */
function tracesOf(batch: readonly Waiting[], maxFrameBytes: number): CommandTrace[] {
  const traces: CommandTrace[] = [];
  for (const [index, { trace }] of batch.entries()) {
    if (trace !== undefined && traces.length < MAX_TRACES) traces.push({ index, ...trace });
  }
  if (traces.length === 0) return traces;
  const size = batch.reduce((sum, { bytes }) => sum + bytes.length, BATCH_OVERHEAD + TRACES_OVERHEAD);
  return traces.slice(0, Math.max(0, Math.floor((maxFrameBytes - size) / TRACE_ENTRY)));
}
