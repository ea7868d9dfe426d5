import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ScreenState } from '../data/state';
import type { Venue } from '../data/venue';

export const VenueContext = createContext<Venue | undefined>(undefined);

export function useVenue(): Venue {
  const venue = useContext(VenueContext);
  if (!venue) throw new Error('there is no venue around this component');
  return venue;
}

/** A part of the state. The selector must answer something that is in the state or a primitive, not something new. */
export function useScreen<T>(select: (state: ScreenState) => T): T {
  const { store } = useVenue();
  return useSyncExternalStore(store.subscribe, () => select(store.shown()));
}

export function useInstrument() {
  const instruments = useScreen((state) => state.instruments);
  const symbol = useScreen((state) => state.symbol);
  return instruments.find((one) => one.symbol === symbol);
}
