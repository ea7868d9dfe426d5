import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { superviseStore } from './stores';
import type { Context } from '../providers/provider';
import { childEnvironment, PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { launch, untilReady } from '../servers/process';

const feeds = new WeakMap<Context, Map<string, Promise<string>>>();

/**
 * Address of a local server that speaks the exchange's public protocol with a generated market; started at first use, once per
 * set of symbols.
 *
 * @param symbols separated by commas
 */
export function generatedFeed(context: Context, symbols: string): Promise<string> {
  let ofContext = feeds.get(context);
  if (!ofContext) feeds.set(context, ofContext = new Map());
  let feed = ofContext.get(symbols);
  if (!feed) ofContext.set(symbols, feed = start(context, symbols));
  return feed;
}

async function start(context: Context, symbols: string): Promise<string> {
  const script = join(PROJECT_ROOT, 'local', 'feeds', 'bybit-server.ts');
  if (!existsSync(script)) throw new LocalError(`${script} is missing; start with --feed bybit, or restore it.`);
  const port = await context.ports.portFor('feed');
  const child = launch({
    name: 'market data feed',
    command: projectNode(),
    args: ['--import', 'tsx', script, '--port', String(port), '--symbols', symbols],
    cwd: PROJECT_ROOT,
    env: childEnvironment(),
    logFile: context.data.file('logs', 'feed.log'),
  });
  let url: string | undefined;
  await untilReady(child, async () => {
    url = /^listening (\S+)$/m.exec(child.lastLines(200))?.[1];
    return url !== undefined;
  });
  superviseStore(context, 'market data feed', { child, stop: () => child.stop() });
  return url as string;
}
