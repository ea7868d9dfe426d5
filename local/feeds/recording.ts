import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';

/**
 * A recording of market data: gzip of lines of JSON. The first line is the head, each other one a frame as it came:
 * `[milliseconds since the start, symbol, text]`.
 */
const HEAD = z.strictObject({
  format: z.literal('cdk-trading-platform/feed-recording'),
  version: z.literal(1),
  exchange: z.enum(['bybit', 'bitget', 'binance']),
  symbols: z.array(z.string().min(1)).min(1),
  startedAt: z.iso.datetime(),
});
const FRAME = z.tuple([z.number().nonnegative(), z.string().min(1), z.string()]);

export type RecordingHead = Omit<z.infer<typeof HEAD>, 'format' | 'version'>;
export interface RecordedFrame {
  /** Milliseconds since the recording began. */
  readonly offsetMs: number;
  readonly symbol: string;
  readonly text: string;
}

/** A line of a recording that is not what it must be. */
export class RecordingError extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
    this.name = 'RecordingError';
  }
}

/** Writes a recording. What comes faster than the disk takes it is refused rather than kept in memory without end. */
export class RecordingWriter {
  private readonly gzip = createGzip();
  private readonly done: Promise<void>;
  private readonly started = Date.now();
  frames = 0;
  refused = 0;

  constructor(file: string, head: RecordingHead) {
    this.done = pipeline(this.gzip, createWriteStream(file));
    // A failure shows in `close`, which everybody calls.
    this.done.catch(() => undefined);
    this.line({ format: 'cdk-trading-platform/feed-recording', version: 1, ...head });
  }

  /** Whether more is taken; wait for `drained` otherwise. */
  get full(): boolean {
    return this.gzip.writableNeedDrain;
  }

  async drained(): Promise<void> {
    if (this.full) await once(this.gzip, 'drain');
  }

  /** @param offsetMs milliseconds since the start; default: since the writer was made */
  write(symbol: string, text: string, offsetMs = Date.now() - this.started): void {
    if (this.gzip.writableLength > 64 * 1024 * 1024) {
      this.refused++;
      return;
    }
    this.frames++;
    this.line([offsetMs, symbol, text]);
  }

  /** @throws Error when the file could not be written */
  async close(): Promise<void> {
    this.gzip.end();
    await this.done;
  }

  private line(value: unknown): void {
    this.gzip.write(`${JSON.stringify(value)}\n`);
  }
}

/** A recording that is being read. */
export interface Recording {
  readonly head: RecordingHead;
  readonly frames: AsyncIterable<RecordedFrame>;
}

/**
 * Opens a recording; its frames are read as they are asked for.
 *
 * @throws RecordingError when the head, and while reading when a frame, is not what it must be
 */
export async function openRecording(file: string): Promise<Recording> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  const lines = createInterface({ input: source.pipe(gunzip), crlfDelay: Infinity })[Symbol.asyncIterator]();
  let number = 0;
  const next = async <T>(schema: z.ZodType<T>): Promise<T | undefined> => {
    const { value, done } = await lines.next().catch((error: unknown) => {
      throw new RecordingError(file, number + 1, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (done === true) return undefined;
    number++;
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new RecordingError(file, number, 'is not JSON; the recording was cut or changed');
    }
    const result = schema.safeParse(parsed);
    if (!result.success) throw new RecordingError(file, number, result.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '));
    return result.data;
  };
  const head = await next(HEAD);
  if (!head) throw new RecordingError(file, 1, 'the recording is empty');
  const { exchange, symbols, startedAt } = head;
  async function* frames(): AsyncGenerator<RecordedFrame> {
    for (let frame = await next(FRAME); frame !== undefined; frame = await next(FRAME)) {
      yield { offsetMs: frame[0], symbol: frame[1], text: frame[2] };
    }
  }
  return { head: { exchange, symbols, startedAt }, frames: frames() };
}
