import type { InstrumentInfo } from './api-client';

/** Where instruments trade, as the template tells the API. */
export interface Partitions {
  readonly defaultPartition: number;
  readonly instruments: Readonly<Record<string, number>>;
}

/** Play money of a trader: of an asset that prices are given in, and of one that is traded. */
const QUOTE_AMOUNT = '1000000';
const BASE_AMOUNT = '100';

/** A deposit into one wallet: an account has one in each partition. */
export interface Gift {
  readonly asset: string;
  /** Absent for the default partition. */
  readonly partition?: number;
  readonly amount: string;
}

/** Reads the map of a service's environment; without one everything is on partition 0. */
export function partitionsOf(text = '{}'): Partitions {
  return { defaultPartition: 0, instruments: {}, ...JSON.parse(text) as Partial<Partitions> };
}

/** Instruments that the map names and the API does not know yet. */
export function missingInstruments(instruments: readonly InstrumentInfo[], { instruments: placed }: Partitions): string[] {
  return Object.keys(placed).filter((symbol) => !instruments.some((one) => one.symbol === symbol));
}

/** What a trader gets, so that every instrument can be traded: funds are where the instrument is, and of no use elsewhere. */
export function giftsFor(instruments: readonly InstrumentInfo[], { defaultPartition, instruments: placed }: Partitions): Gift[] {
  const gifts = new Map<string, Gift>();
  // An asset that is traded here and a currency there is given as a currency.
  for (const [part, amount] of [['base', BASE_AMOUNT], ['quote', QUOTE_AMOUNT]] as const) {
    for (const instrument of instruments) {
      const partition = placed[instrument.symbol] ?? defaultPartition;
      const asset = instrument[part].code;
      gifts.set(`${asset}@${partition}`, { asset, amount, ...(partition === defaultPartition ? {} : { partition }) });
    }
  }
  return [...gifts.values()];
}

/** Name under which a gift is remembered. */
export function giftName({ asset, partition }: Gift): string {
  return partition === undefined ? asset : `${asset}@${partition}`;
}
