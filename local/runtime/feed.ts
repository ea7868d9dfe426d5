import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { superviseStore } from './stores';
import type { Context } from '../providers/provider';
import { childEnvironment, PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { launch, untilReady } from '../servers/process';

const feeds = new WeakMap<Context, Map<string, Promise<string>>>();
const rests = new WeakMap<Context, Promise<string>>();

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

/** Address of a local server that speaks the exchange's public REST protocol, for any symbol; started at first use. */
export function generatedRest(context: Context): Promise<string> {
  let rest = rests.get(context);
  if (!rest) rests.set(context, rest = serve(context, { name: 'market data REST', script: 'bybit-rest.ts', port: 'feed-rest', log: 'feed-rest.log', args: [] }));
  return rest;
}

function start(context: Context, symbols: string): Promise<string> {
  return serve(context, { name: 'market data feed', script: 'feed-server.ts', port: 'feed', log: 'feed.log', args: ['--symbols', symbols] });
}

interface FeedServer { readonly name: string; readonly script: string; readonly port: string; readonly log: string; readonly args: readonly string[] }

async function serve(context: Context, server: FeedServer): Promise<string> {
  const script = join(PROJECT_ROOT, 'local', 'feeds', server.script);
  if (!existsSync(script)) throw new LocalError(`${script} is missing; start with --feed bybit, or restore it.`);
  const port = await context.ports.portFor(server.port);
  const child = launch({
    name: server.name,
    command: projectNode(),
    args: ['--import', 'tsx', script, '--port', String(port), ...server.args],
    cwd: PROJECT_ROOT,
    env: childEnvironment(),
    logFile: context.data.file('logs', server.log),
  });
  let url: string | undefined;
  await untilReady(child, async () => {
    url = /^listening (\S+)$/m.exec(child.lastLines(200))?.[1];
    return url !== undefined;
  });
  superviseStore(context, server.name, { child, stop: () => child.stop() });
  return url as string;
}
