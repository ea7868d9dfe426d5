import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Latencies } from './latencies';

/** A span of time, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How long after its last stage a process has written it down, in milliseconds. */
export const WRITTEN_AFTER_MS = 600;

/** What the processes of a platform write down of their stages while it runs. */
export class StageSamples {
  /** @param folder for the samples; made when it is not there */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** What a process needs in its environment to write its stages down. */
  environment(): Record<string, string> {
    const probe = pathToFileURL(join(__dirname, 'stage-probe.mts')).href;
    return { STAGE_SAMPLES: this.folder, NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import ${probe}` };
  }

  /** Latencies of the stages that ended within a span, by their names. */
  within({ from, to }: Span): ReadonlyMap<string, Latencies> {
    const stages = new Map<string, Latencies>();
    for (const name of readdirSync(this.folder).filter((file) => file.endsWith('.samples'))) {
      for (const line of readFileSync(join(this.folder, name), 'utf8').split('\n')) {
        const [stage, ms, at] = line.split(' ');
        // The last line may still be on its way.
        if (at === undefined || at.length < 13 || Number(at) < from || Number(at) > to) continue;
        let latencies = stages.get(stage);
        if (!latencies) stages.set(stage, latencies = new Latencies());
        latencies.record(Number(ms));
      }
    }
    return stages;
  }
}
