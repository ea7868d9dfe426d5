import { createRoot } from 'react-dom/client';
import { Store } from './core/store';
import type { Session } from './data/api';
import { FIRST, type ScreenState } from './data/state';
import type { Socket } from './data/stream';
import { Venue } from './data/venue';
import { App } from './ui/app';
import { VenueContext } from './ui/context';
import { applyTheme, savedTheme } from './ui/theme';

const SESSION = 'session';

function loadSession(): Session | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(SESSION) ?? 'null') as Session ?? undefined;
  } catch {
    return undefined;
  }
}

function saveSession(session: Session | undefined): void {
  if (session) sessionStorage.setItem(SESSION, JSON.stringify(session));
  else sessionStorage.removeItem(SESSION);
}

applyTheme(savedTheme());
const REMEMBERED = 'remembered';
const query = new URLSearchParams(location.search);
const signInError = query.get('signInError') ?? undefined;
// What came back from signing in elsewhere is said once, and not again by a reload.
if (signInError !== undefined) history.replaceState(null, '', location.pathname);

const store = new Store<ScreenState>(FIRST);
const venue = new Venue(store, {
  fetch: (path, init) => fetch(path, init),
  openSocket: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`) as Socket,
  loadSession,
  saveSession,
  // Not who it is: only that it is worth asking for a token.
  remembered: { get: () => localStorage.getItem(REMEMBERED) !== null, set: (value) => (value ? localStorage.setItem(REMEMBERED, '1') : localStorage.removeItem(REMEMBERED)) },
  signInError,
});
addEventListener('offline', () => venue.networkLost());
addEventListener('online', () => venue.networkBack());
setInterval(() => venue.tick(), 250);
void venue.start();
createRoot(document.getElementById('screen')!).render(<VenueContext value={venue}><App /></VenueContext>);
