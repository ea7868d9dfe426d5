/** A text message as a server puts it on the wire (RFC 6455, section 5.2): one frame, not masked. */
const TEXT = 0x81;

const built = new WeakMap<Buffer, Buffer>();

/**
 * The bytes of a message on the wire, made once however many clients it goes to: each of them then costs one write of the same
 * bytes, where a WebSocket library makes a header for each and writes twice.
 */
export function wireOf(text: Buffer): Buffer {
  let wire = built.get(text);
  if (wire === undefined) built.set(text, wire = Buffer.concat([headerOf(text.length), text]));
  return wire;
}

/** The bytes of a message that goes to one client. */
export function frameOfText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = headerOf(length);
  const frame = Buffer.allocUnsafe(header.length + length);
  header.copy(frame);
  frame.write(text, header.length);
  return frame;
}

function headerOf(length: number): Buffer {
  if (length < 126) return Buffer.from([TEXT, length]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = TEXT;
  if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return header;
}
