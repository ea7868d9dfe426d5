import { messageFrom, startProgram } from './children';
import type { LoadJob, LoadProgress, LoadResult } from './job';

const isResult = (message: unknown): message is LoadResult => (message as LoadResult).type === 'result';
const isUrl = (message: unknown): message is { url: string } => typeof (message as { url?: unknown }).url === 'string';

/** Longest that a backlog may take to be worked off. */
const BACKLOG_MS = 600_000;

/** Runs a job in a process of its own. @throws Error when it fails or takes longer than it can */
export async function runLoad(job: LoadJob, onProgress: (progress: LoadProgress) => void): Promise<LoadResult> {
  const child = startProgram('load-generator.ts');
  try {
    child.on('message', (message: LoadProgress | LoadResult) => {
      if (message.type === 'progress') onProgress(message);
    });
    child.send(job);
    return await messageFrom(child, isResult, (job.warmupSeconds + job.seconds) * 1_000 + 2 * job.graceMs + BACKLOG_MS);
  } finally {
    child.kill();
  }
}

/** Runs a job against a bare server of its transport, Express or `ws`, in a process of its own. */
export async function runPeer(job: Omit<LoadJob, 'url' | 'fills' | 'door'>, onProgress: (progress: LoadProgress) => void): Promise<LoadResult> {
  const peer = startProgram(job.transport === 'ws' ? 'peer-ws.ts' : 'peer-express.ts');
  try {
    const { url } = await messageFrom(peer, isUrl, 30_000);
    return await runLoad({ ...job, url, door: 'service', fills: false }, onProgress);
  } finally {
    peer.kill();
  }
}
