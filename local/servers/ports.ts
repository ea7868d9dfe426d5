import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { LocalError } from './errors';

// Below the range that the kernel takes outgoing ports from, so that no connection of ours sits on a port between its choice
// and its use.
const FIRST = 20_000;
const LAST = 32_000;

const given = new Set<number>();

/** Whether nothing listens on a port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A port of 127.0.0.1 on which nothing listens, never the same twice in one process.
 *
 * @param preferred taken when it is free
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && !given.has(preferred) && await isPortFree(preferred)) {
    given.add(preferred);
    return preferred;
  }
  for (let attempt = 0; attempt < 500; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port)) continue;
    given.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new LocalError(`No free TCP port was found between ${FIRST} and ${LAST}; stop what occupies them.`);
}

/** Gives back a port that its server has left, so that a restart may take it again. */
export function releasePort(port: number): void {
  given.delete(port);
}

/** Ports by name, remembered in a file, so that addresses stay the same from one run to the next while they are free. */
export class PortBook {
  private readonly ports: Record<string, number>;
  private readonly taken = new Set<number>();

  /** @param file JSON file of the book; one that is missing or damaged is an empty book */
  constructor(private readonly file: string) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      parsed = {};
    }
    this.ports = Object.fromEntries(Object.entries(parsed ?? {}).filter(([, port]) => Number.isInteger(port)));
  }

  /** The port that `name` had before, or another one that is free now. */
  async portFor(name: string): Promise<number> {
    const port = await freePort(this.ports[name]);
    this.ports[name] = port;
    this.taken.add(port);
    writeFileSync(this.file, JSON.stringify(this.ports, null, 2));
    return port;
  }

  /** Gives all ports back, so that the same process may run a platform with this book again. */
  release(): void {
    for (const port of this.taken) releasePort(port);
  }
}
