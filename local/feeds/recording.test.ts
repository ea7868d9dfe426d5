import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openRecording, type RecordedFrame, RecordingError, RecordingWriter } from './recording';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
  file = join(folder, 'a.feed.gz');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function all(): Promise<RecordedFrame[]> {
  const frames: RecordedFrame[] = [];
  for await (const frame of (await openRecording(file)).frames) frames.push(frame);
  return frames;
}

async function write(): Promise<void> {
  const writer = new RecordingWriter(file, { exchange: 'bybit', symbols: ['A'], startedAt: '2026-01-02T03:04:05.000Z' });
  writer.write('A', '{"a":"one\\nline"}');
  writer.write('A', 'not json, as it came');
  await writer.close();
}

test('what was written is what is read', async () => {
  await write();
  expect((await openRecording(file)).head).toEqual({ exchange: 'bybit', symbols: ['A'], startedAt: '2026-01-02T03:04:05.000Z' });
  expect((await all()).map(({ text }) => text)).toEqual(['{"a":"one\\nline"}', 'not json, as it came']);
});

test.each([
  ['a file that is no recording', () => Buffer.from('hello'), /line 1: cannot be read/],
  ['another format', () => gzipSync('{"format":"x"}\n'), /line 1: format/],
  ['an unknown version', (good: string) => gzipSync(good.replace('"version":1', '"version":2')), /line 1: version/],
  ['a frame that was changed', (good: string) => gzipSync(good.replace('"A","not', '7,"not')), /line 3: 1/],
  ['a line that was cut', (good: string) => gzipSync(good.slice(0, -5)), /line 3: is not JSON/],
  ['nothing at all', () => gzipSync(''), /line 1: the recording is empty/],
])('%s is refused with its line', async (_what, damage, problem) => {
  await write();
  const good = gunzipSync(readFileSync(file)).toString();
  writeFileSync(file, damage(good));
  const read = all();
  await expect(read).rejects.toThrow(problem);
  await expect(read).rejects.toThrow(RecordingError);
});
