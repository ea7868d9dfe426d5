import { existsSync } from 'node:fs';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine; undefined without one. */
export function findChromium(): string | undefined {
  const { CHROMIUM } = process.env;
  return (CHROMIUM === undefined ? PLACES : [CHROMIUM]).find((path) => existsSync(path));
}

/** A browser with one page, and what it complained about. */
export interface OpenScreen {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, such as what the content policy refused, and of the page's own code. */
  readonly complaints: string[];
  /** Origins that anything was asked of. */
  readonly origins: Set<string>;
  close(): Promise<void>;
}

/** Nothing but the page's own traffic, and a folder of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openScreen(executablePath: string, profile: string): Promise<OpenScreen> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    locale: 'en-GB',
  });
  const page = context.pages()[0] ?? (await context.newPage());
  // tsx keeps the names of functions with a helper that the page does not have.
  await context.addInitScript('globalThis.__name = (value) => value');
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('request', (request) => origins.add(new URL(request.url()).host));
  page.on('websocket', (socket) => origins.add(new URL(socket.url()).host));
  page.setDefaultTimeout(15_000);
  return { page, context, complaints, origins, close: () => context.close() };
}
