import type { IncomingMessage } from 'node:http';
import { ApiError } from './errors';

/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

const JSON_TYPE = /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i;

/**
 * Reads a request's body as JSON: at most 16 KiB, uncompressed UTF-8.
 *
 * @throws ApiError 415, 413 or 400
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new ApiError(415, 'unsupported_media_type', 'Send the body as JSON, with the header content-type: application/json.');
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new ApiError(415, 'unsupported_encoding', 'Send the body uncompressed.');
  }
  return parse(await collect(request));
}

/**
 * Reads a request's body as text: at most 16 KiB, uncompressed UTF-8.
 *
 * @throws ApiError 415, 413 or 400
 */
export async function readText(request: IncomingMessage): Promise<string> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new ApiError(415, 'unsupported_encoding', 'Send the body uncompressed.');
  const data = await collect(request);
  try {
    return decoder.decode(data);
  } catch {
    throw new ApiError(400, 'malformed_text', 'The body is not UTF-8.');
  }
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        request.off('data', onData);
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new ApiError(400, 'incomplete_body', 'The connection closed before the body was complete.')));
  });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    throw new ApiError(400, 'malformed_json', 'The body is not JSON.');
  }
}

function tooLarge(): ApiError {
  // The rest of the body is not read, so the connection cannot be used again.
  return new ApiError(413, 'body_too_large', `The body may have at most ${MAX_BODY_BYTES} bytes.`, { limit: MAX_BODY_BYTES }, { connection: 'close' });
}
