/** A message that a server sent, where it is in the bytes that came. */
export interface Frame {
  readonly opcode: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Takes the frames of a WebSocket server apart without making anything of them: thousands of readers in one process must not be what a
 * benchmark of the server measures. Servers do not mask.
 */
export class FrameReader {
  private rest: Buffer | undefined;

  constructor(private readonly onFrame: (bytes: Buffer, frame: Frame) => void) {}

  /** Takes what came. */
  push(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const end = this.frame(bytes, at);
      if (end === undefined) break;
      at = end;
    }
    this.rest = at < bytes.length ? bytes.subarray(at) : undefined;
  }

  /** @returns where the frame that begins here ends; undefined while it is not all there */
  private frame(bytes: Buffer, at: number): number | undefined {
    if (bytes.length < at + 2) return undefined;
    let length = bytes[at + 1] & 127;
    let from = at + 2;
    if (length === 126) {
      if (bytes.length < at + 4) return undefined;
      length = bytes.readUInt16BE(at + 2);
      from = at + 4;
    } else if (length === 127) {
      if (bytes.length < at + 10) return undefined;
      length = Number(bytes.readBigUInt64BE(at + 2));
      from = at + 10;
    }
    const to = from + length;
    if (bytes.length < to) return undefined;
    this.onFrame(bytes, { opcode: bytes[at] & 15, from, to });
    return to;
  }
}

/** The number behind a name in JSON text. NaN when it is not there. */
export function numberAfter(bytes: Buffer, name: string, { from, to }: Frame): number {
  const at = bytes.indexOf(name, from);
  if (at < 0 || at >= to) return NaN;
  return parseFloat(bytes.toString('latin1', at + name.length, Math.min(to, at + name.length + 24)));
}
