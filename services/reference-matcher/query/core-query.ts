import type { QuerySource } from './query-service';
import type { QueryStateHash } from '../../adapters/query/messages';
import type { CoreBuild } from '../core-build';
import type { PlacedCore } from '../placed-core';

export interface CoreQueryOptions {
  readonly build: CoreBuild;
  /** The core with its place; undefined until it is restored. */
  readonly placed: () => PlacedCore | undefined;
  readonly state: () => { readonly leads: boolean; readonly epoch: number; readonly publishedSeq: number; readonly caughtUp: boolean };
}

/** Answers questions from a core as it stands between two records. */
export function coreQuery({ build, placed, state }: CoreQueryOptions): QuerySource {
  let hashing: Promise<QueryStateHash> | undefined;
  const core = () => {
    const found = placed();
    if (!found) throw new Error('the core is not restored yet');
    return found;
  };
  const knows = (symbol: string): boolean => core().core.instruments().some((instrument) => instrument.symbol === symbol);
  const hash = async (): Promise<QueryStateHash> => {
    const { capture, position = '' } = core().capture();
    return { seq: capture.lastSeq, journalPosition: position, sha256: build.hashOf(await build.encode(capture)) };
  };
  return {
    get ready() {
      return placed() !== undefined;
    },
    book: (symbol, depth) => {
      if (!knows(symbol)) return undefined;
      return { seq: core().core.lastSeq, ...core().core.levels(symbol, depth), caughtUp: state().caughtUp };
    },
    orders: (symbol) => (knows(symbol) ? { seq: core().core.lastSeq, orders: core().core.orders(symbol) } : undefined),
    position: () => {
      const { core: { partition, lastSeq, version }, position = '' } = core();
      return { partition, seq: lastSeq, journalPosition: position, ...state(), version, newestVersion: build.newestVersion };
    },
    // However many ask at once, the memory is copied once.
    stateHash: () => (hashing ??= hash().finally(() => {
      hashing = undefined;
    })),
  };
}
