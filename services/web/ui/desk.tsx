import { type KeyboardEvent as ReactKeyboardEvent, useRef, useState } from 'react';
import { Backtest } from './backtest';
import { Book, Trades } from './book';
import { Chart, type TakePicture } from './chart';
import { useInstrument, useScreen, useVenue } from './context';
import { Header } from './header';
import { Journal } from './journal';
import { Fills, History, OpenOrders } from './orders';
import { Portfolio } from './portfolio';
import { Shortcuts, useShortcuts } from './shortcuts';
import { savedTheme, type Theme } from './theme';
import { EMPTY_TICKET, Ticket, withType } from './ticket';
import { WatchList } from './watch-list';
import { ageText } from '../core/freshness';

const TABS = ['Open orders', 'Fills', 'History', 'Portfolio', 'Journal', 'Backtest'] as const;
type Tab = (typeof TABS)[number];
const VIEWS = ['Chart', 'Book', 'Trade', 'Account'] as const;
type View = (typeof VIEWS)[number];

export function Desk() {
  const venue = useVenue();
  const instrument = useInstrument();
  const instruments = useScreen((state) => state.instruments);
  const [theme, setTheme] = useState<Theme>(savedTheme);
  const [ticket, setTicket] = useState(EMPTY_TICKET);
  const [ticketOf, setTicketOf] = useState(instrument?.symbol);
  const [tab, setTab] = useState<Tab>('Open orders');
  const [view, setView] = useState<View>('Chart');
  const [help, setHelp] = useState(false);
  const quantityField = useRef<HTMLInputElement>(null);
  const picture: TakePicture = useRef(null);
  if (ticketOf !== instrument?.symbol) {
    // Prices of one instrument mean nothing for another.
    setTicketOf(instrument?.symbol);
    setTicket({ ...ticket, price: '', stopPrice: '', quantity: '' });
  }

  const setPrice = (price: string): void => setTicket((now) => ({ ...(now.type === 'market' ? withType(now, 'limit') : now), price }));
  const step = (by: number): void => {
    const at = instruments.findIndex(({ symbol }) => symbol === instrument?.symbol);
    const next = instruments[(at + by + instruments.length) % instruments.length];
    if (next) venue.choose(next.symbol);
  };
  const best = (): void => {
    const { book } = venue.store.now;
    const level = (ticket.side === 'buy' ? book?.bids : book?.asks)?.[0];
    if (level) setPrice(level[0]);
  };
  const order = (change: (now: typeof ticket) => typeof ticket): void => {
    setTicket(change);
    setView('Trade');
    quantityField.current?.focus();
  };
  useShortcuts({
    'b': () => order((now) => ({ ...now, side: 'buy' })),
    's': () => order((now) => ({ ...now, side: 'sell' })),
    'l': () => order((now) => withType(now, 'limit')),
    'm': () => order((now) => withType(now, 'market')),
    'p': best,
    'j': () => step(1),
    'k': () => step(-1),
    '?': () => setHelp(true),
    ...Object.fromEntries(
      TABS.map((one, at) => [
        String(at + 1),
        () => {
          setTab(one);
          setView('Account');
        },
      ]),
    ),
  });

  return (
    <>
      <a className="skip" href="#ticket">
        Skip to the order ticket
      </a>
      <Header onTheme={setTheme} onHelp={() => setHelp(true)} />
      <LostBanner />
      <main className="desk" data-view={view}>
        <WatchList />
        <Chart theme={theme} picture={picture} />
        <Book onPrice={setPrice} />
        <Trades />
        <Ticket ticket={ticket} onChange={setTicket} quantityField={quantityField} />
        <section className="panel" id="account" aria-label="Account">
          <Tabs tab={tab} onTab={setTab} />
          <div role="tabpanel" id="tabpanel" aria-labelledby={`tab-${TABS.indexOf(tab)}`}>
            {tab === 'Open orders' && <OpenOrders />}
            {tab === 'Fills' && <Fills />}
            {tab === 'History' && <History />}
            {tab === 'Portfolio' && <Portfolio theme={theme} />}
            {tab === 'Journal' && <Journal picture={picture} />}
            {tab === 'Backtest' && <Backtest theme={theme} />}
          </div>
        </section>
      </main>
      <nav className="views" aria-label="Parts of the screen">
        {VIEWS.map((one) => (
          <button key={one} type="button" aria-pressed={view === one} onClick={() => setView(one)}>
            {one}
          </button>
        ))}
      </nav>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
    </>
  );
}

/** Cannot be overlooked: what is on the screen is not the market any more. */
function LostBanner() {
  const link = useScreen((state) => state.link);
  const seconds = useScreen((state) =>
    state.link === 'lost' || state.link === 'connecting' ? Math.floor((state.now - (state.heardAt ?? state.linkSince)) / 1_000) : 0,
  );
  if (link !== 'lost') return null;
  return (
    <p className="lost-banner" role="alert">
      Connection lost. Everything below is as it was {ageText(seconds * 1_000)} ago and may be wrong; reconnecting.
    </p>
  );
}

function Tabs({ tab, onTab }: { readonly tab: Tab; readonly onTab: (tab: Tab) => void }) {
  const open = useScreen((state) => state.orders.filter(({ status }) => status === 'open' || status === 'pending').length);
  const behind = useScreen((state) => state.behind);
  const link = useScreen((state) => state.link);
  const move = (event: ReactKeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = (TABS.indexOf(tab) + by + TABS.length) % TABS.length;
    onTab(TABS[next]);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div className="tabs">
      <div role="tablist" aria-label="Account" onKeyDown={move}>
        {TABS.map((one, at) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${at}`}
            aria-selected={one === tab}
            aria-controls="tabpanel"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => onTab(one)}
          >
            {one}
            {one === 'Open orders' && open > 0 ? ` (${open})` : ''}
          </button>
        ))}
      </div>
      {(behind || link !== 'live') && <span className="badge stale-badge">{link === 'live' ? 'updating' : 'stale'}</span>}
    </div>
  );
}
