/**
 * Loaded by every process of a platform that is measured, before the service's own code: writes down what the service says of its stages.
 * Lines `<stage> <milliseconds> <milliseconds since 1970 at its end>` in a file for each process, in the folder STAGE_SAMPLES.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFile, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = process.env.STAGE_SAMPLES;
const FLUSH_MS = 250;

if (folder !== undefined && isMainThread) {
  const file = join(folder, `${process.pid}.samples`);
  let lines: string[] = [];
  const take = (): string => {
    const text = lines.join('');
    lines = [];
    return text;
  };
  subscribe('cdk-trading-platform:stage', (message) => {
    const { stage, ms } = message as { stage: string; ms: number };
    lines.push(`${stage} ${ms.toFixed(4)} ${Date.now()}\n`);
  });
  let writing = false;
  setInterval(() => {
    if (writing || lines.length === 0) return;
    writing = true;
    appendFile(file, take(), () => { writing = false; });
  }, FLUSH_MS).unref();
  process.once('exit', () => {
    try {
      if (lines.length > 0) appendFileSync(file, take());
    } catch { /* whoever wanted to know has gone */ }
  });
}
