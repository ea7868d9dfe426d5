import { S3Client } from '@aws-sdk/client-s3';
import { DAY_MS, dayText, type Interval, INTERVALS, isInterval } from '../adapters/candles/candle';
import { CandleFiles } from '../adapters/candles/candle-files';
import { CandleIndex } from '../adapters/candles/candle-index';
import { CandleTable } from '../adapters/candles/candle-table';
import { createLedgerPool } from '../adapters/postgres/pool';
import { awsClientSettings, ConfigurationError, createLogger, Health, Lifecycle, loadConfig, printMetrics, runMain, startHealthServer } from '../runtime';
import { KlineHistory } from './bybit/kline-history';
import { environmentSchema } from './config.generated';
import { progressBar } from './progress';
import { type DayRange, readRange } from './request';
import { daysToSync, syncDays } from './sync';

const BACKFILL_RETRY_MS = 600_000;

async function main(): Promise<void> {
  const config = loadConfig('history-sync', environmentSchema);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const range = rangeOf(config.LOOK_BACK_DAYS, today);
  const intervals = [...new Set(config.INTERVALS)].map(intervalOf);
  const symbols = [...new Set(config.SYMBOLS)];
  const logger = createLogger({ service: 'history-sync', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const stopping = new AbortController();

  const s3 = new S3Client(awsClientSettings());
  const pool = createLedgerPool({ url: config.LEDGER_URL, region: process.env.AWS_REGION ?? 'us-east-1', logger, max: 2, applicationName: 'history-sync' });
  const index = new CandleIndex(pool);
  const table = new CandleTable(pool, config.KEEP_DAYS);
  let done = '0';
  const health = new Health('history-sync').facts(() => ({ from: dayText(range.from), to: dayText(range.to), done }));
  const server = await startHealthServer(health, config.PORT);
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  lifecycle.onStop('s3', () => s3.destroy());
  lifecycle.onStop('database', () => pool.end());
  lifecycle.onStop('run', () => stopping.abort());

  const bar = progressBar(process.stderr);
  const run = async (): Promise<void> => {
    const months = await table.prepare(today);
    const tasks = await daysToSync(index, symbols, intervals, range.from, range.to);
    logger.info({ symbols, intervals, from: dayText(range.from), to: dayText(range.to), days: tasks.length, ...months }, 'started');
    const summary = await syncDays(tasks, {
      source: new KlineHistory({ url: config.MARKET_URL.replace(/\/$/, ''), apiKey: config.BYBIT_API_KEY }),
      files: new CandleFiles(s3, config.CANDLES_BUCKET),
      table,
      index,
      logger,
      // Whoever asked for a range waits for it; the night has hours.
      retryForMs: Math.min(config.RETRY_FOR_SECONDS * 1_000, range.isBackfill ? BACKFILL_RETRY_MS : Infinity),
      today,
      signal: stopping.signal,
      onProgress: (count, of, task) => {
        done = `${count} of ${of}`;
        bar(count, of, `${task.symbol} ${dayText(task.day)}`);
      },
    });
    const { complete: CompleteDays, incomplete: IncompleteDays, failed: FailedDays, candles: Candles } = summary;
    printMetrics(logger, 'history-sync', { CompleteDays, IncompleteDays, FailedDays, Candles }, 'the run is over', summary);
    // What the exchange does not have is marked and counted; what could not be written is a run that failed.
    if (summary.failed > 0) process.exitCode = 1;
  };
  try {
    await run();
  } catch (error) {
    if (stopping.signal.aborted) return;
    logger.fatal({ err: error }, 'the run failed');
    process.exitCode = 1;
  }
  await lifecycle.stop('the run is over');
}

function rangeOf(lookBackDays: number, today: number): DayRange {
  try {
    return readRange(process.argv.slice(2), lookBackDays, today);
  } catch (error) {
    throw new ConfigurationError(`history-sync cannot start: ${(error as Error).message}`);
  }
}

function intervalOf(text: string): Interval {
  if (isInterval(text)) return text;
  throw new ConfigurationError(`history-sync cannot start: INTERVALS must be of ${Object.keys(INTERVALS).join(', ')}, got: ${JSON.stringify(text)}`);
}

runMain(main);
