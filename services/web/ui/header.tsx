import { useState } from 'react';
import { useInstrument, useScreen, useVenue } from './context';
import { Mark, StaleBadge, usePriceTrust } from './parts';
import { Sessions } from './sessions';
import { savedTheme, saveTheme, type Theme } from './theme';
import { decimalsOf, shown } from '../core/decimal';
import { ageText, type Link } from '../core/freshness';

const LINKS: Readonly<Record<Link, string>> = {
  'off': 'not connected',
  'connecting': 'connecting',
  'catching-up': 'catching up',
  'live': 'live',
  'lost': 'connection lost',
};

export function Header({ onTheme, onHelp }: { readonly onTheme: (theme: Theme) => void; readonly onHelp: () => void }) {
  const venue = useVenue();
  const username = useScreen((state) => state.session?.username);
  const sessions = useScreen((state) => state.signIn?.sessions);
  const [listed, setListed] = useState(false);
  const [theme, setTheme] = useState(savedTheme);
  const other: Theme = theme === 'dark' ? 'light' : 'dark';

  function change(): void {
    saveTheme(other);
    setTheme(other);
    onTheme(other);
  }

  return (
    <header className="bar">
      <h1>
        <Mark />
        <span>Trading platform</span>
      </h1>
      <Summary />
      <Connection />
      <div className="bar-actions">
        <button type="button" className="quiet" onClick={onHelp} aria-keyshortcuts="?">
          Keys<kbd>?</kbd>
        </button>
        <button type="button" className="quiet" onClick={change} aria-label={`Use the ${other} theme`}>
          {theme === 'dark' ? '☀' : '☾'}
        </button>
        {sessions ? (
          <button type="button" className="quiet who" onClick={() => setListed(true)} aria-label={`${username}: where you are signed in`}>
            {username}
          </button>
        ) : <span className="who">{username}</span>}
        <button type="button" className="quiet" onClick={() => void venue.leave()}>
          Sign out
        </button>
      </div>
      {listed && <Sessions onClose={() => setListed(false)} />}
    </header>
  );
}

function Summary() {
  const instrument = useInstrument();
  const tick = useScreen((state) => (state.symbol === undefined ? undefined : state.ticks[state.symbol]));
  const trade = useScreen((state) => state.trades[0]);
  const { trust, ageMs } = usePriceTrust(instrument?.symbol);
  if (!instrument) return <div className="summary" />;
  const decimals = decimalsOf(instrument.tickSize);
  const price = tick?.lastPrice ?? trade?.price;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['24 h high', tick?.high24h],
    ['24 h low', tick?.low24h],
    [`24 h volume ${instrument.base.code}`, tick?.volume24h],
  ];
  return (
    <div className="summary" data-trust={tick ? trust : undefined}>
      <strong className="summary-symbol">{instrument.symbol}</strong>
      <span className="summary-price" data-testid="last-price">
        {price === undefined ? '–' : shown(price, decimals)}
      </span>
      {tick && <StaleBadge trust={trust} ageMs={ageMs} what="price" />}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === undefined ? '–' : shown(value)}</dd>
          </div>
        ))}
        {tick && (
          <div>
            <dt>Market</dt>
            <dd>{tick.source}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

/** What the connection is and how old the newest price is: always in sight. */
function Connection() {
  const link = useScreen((state) => state.link);
  const lostFor = useScreen((state) => (state.link === 'lost' ? Math.floor((state.now - state.linkSince) / 1_000) * 1_000 : 0));
  const behind = useScreen((state) => state.behind);
  const symbol = useScreen((state) => state.symbol);
  const asOf = useScreen((state) => state.account?.asOfTime);
  const now = useScreen((state) => Math.floor((state.now + state.offsetMs) / 1_000) * 1_000);
  const { ageMs, trust } = usePriceTrust(symbol);
  return (
    <div className="connection" data-link={link} data-behind={behind} data-testid="connection">
      <span className="dot" aria-hidden="true" />
      <strong role="status">{LINKS[link]}</strong>
      {link === 'lost' && <span>for {ageText(lostFor)}</span>}
      <span className="age" data-trust={trust}>
        price {ageMs === undefined ? 'unknown' : `${ageText(ageMs)} old`}
      </span>
      <span className="age" data-trust={link === 'live' && !behind ? 'live' : 'stale'} title="When the ledger settled what the account shows">
        account {asOf === undefined ? 'unknown' : behind || link !== 'live' ? `as of ${ageText(Math.max(0, now - asOf))} ago` : 'up to date'}
      </span>
    </div>
  );
}
