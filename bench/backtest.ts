import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import type { BacktestMeasurement } from './backtest-child';
import { FAST, generateYear, SLOW, YEAR } from './backtest-data';
import { type Peer, PEERS, pythonWith, runPeer } from './backtest-peers';
import { COLUMNS } from '../services/backtester/engine/series';

const USAGE = `Measures the backtester on a year of minute bars, beside other engines in the same run: npm run -s bench:backtest -- [options]

  --rounds <n>   rounds of ours, each a run and a grid of 100 (default: 5)
  --seed <n>     of the generated year (default: 1)
  --no-peer      ours alone
  --json         progress on standard error, nothing but the result on standard output
  --help         this text

The peers (${PEERS.map(({ packages }) => packages[0]).join(', ')}) are installed once into a virtual environment of the user's cache.`;

let say: (line: string) => void = (line) => console.log(line);
const rateText = (rate: number): string => (rate > 1e6 ? `${(rate / 1e6).toFixed(1)} M/s` : `${Math.round(rate / 1e3)} k/s`);

interface PeerReport {
  readonly barsPerSecond: number;
  /** Ours over theirs. */
  readonly ratio: number;
  readonly version: string;
}

async function measureOurs(folder: string, seed: number, rounds: number): Promise<BacktestMeasurement> {
  const file = join(folder, 'child.js');
  await build({
    entryPoints: [join(__dirname, 'backtest-child.ts')], outfile: file, bundle: true, platform: 'node', target: 'node22', format: 'cjs', mainFields: ['main', 'module'],
    keepNames: true, minifySyntax: true, minifyWhitespace: true, tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } }, logLevel: 'error',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify({ seed, rounds })], { timeout: 900_000 });
  return JSON.parse(stdout) as BacktestMeasurement;
}

async function measurePeer(peer: Peer, bars: string, ours: BacktestMeasurement): Promise<PeerReport> {
  const python = await pythonWith(peer, say);
  say(`${peer.name}: running …`);
  const { seconds, fills, digest, version } = await runPeer(peer, python, bars, FAST, SLOW);
  if (digest !== ours.digest) throw new Error(`it made ${fills} fills (${digest.slice(0, 12)}), ours ${ours.fills} (${ours.digest.slice(0, 12)}): the trades are not equal`);
  const barsPerSecond = YEAR / Math.min(...seconds);
  const ratio = median(ours.rates) / barsPerSecond;
  say(`${peer.name} ${version}: ${rateText(barsPerSecond)}, ours ${ratio.toFixed(1)} × as fast, ${fills} equal fills`);
  return { barsPerSecond: Math.round(barsPerSecond), ratio: Number(ratio.toFixed(1)), version };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'rounds': { type: 'string', default: '5' }, 'seed': { type: 'string', default: '1' }, 'no-peer': { type: 'boolean', default: false },
      'json': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [rounds, seed] = [whole('rounds', values.rounds, 1, 100), whole('seed', values.seed, 0, 0xffffffff)];
  if (values.json) say = (line) => console.error(line);
  const folder = mkdtempSync(join(tmpdir(), 'bench-backtest-'));
  try {
    say(`a year of minutes, ${YEAR} bars, averages of ${FAST} and ${SLOW} …`);
    const ours = await measureOurs(folder, seed, rounds);
    say(`ours: ${rateText(median(ours.rates))}, grid of 100 ${rateText(median(ours.gridRates))}, ${ours.fills} fills, ${Math.round(ours.rssBytes / 2 ** 20)} MiB`);
    const peers: Record<string, PeerReport> = {};
    const missing: Record<string, string> = {};
    if (!values['no-peer']) {
      const bars = join(folder, 'bars.f64');
      const year = generateYear(seed);
      writeFileSync(bars, Buffer.concat(COLUMNS.map((name) => Buffer.from(year[name].buffer))));
      for (const peer of PEERS) {
        try {
          peers[peer.name] = await measurePeer(peer, bars, ours);
        } catch (error) {
          missing[peer.name] = (error as Error).message.split('\n').filter((line) => line.trim() !== '').slice(-1)[0] ?? 'it failed';
          console.error(`WITHOUT ${peer.name}: ${(error as Error).message}`);
          if (missing[peer.name].includes('not equal')) process.exitCode = 1;
        }
      }
    }
    console.log(JSON.stringify({
      bars: YEAR, barsPerSecond: Math.round(median(ours.rates)), gridBarsPerSecond: Math.round(median(ours.gridRates)), rssBytes: ours.rssBytes,
      fills: ours.fills, peers,
      ...(Object.keys(missing).length === 0 ? {} : { missingPeers: missing }),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(rates: readonly number[]): number {
  return [...rates].sort((a, b) => a - b)[rates.length >> 1];
}

function whole(name: string, text: string, least: number, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, got: ${text}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
