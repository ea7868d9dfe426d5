import { useScreen, useVenue } from './context';
import { Panel, usePriceTrust } from './parts';
import { compare, decimal, decimalsOf, shown } from '../core/decimal';
import type { Instrument } from '../core/model';

export function WatchList() {
  const instruments = useScreen((state) => state.instruments);
  return (
    <Panel id="watch" title="Watch list">
      <ul className="watch">
        {instruments.map((instrument) => (
          <Watched key={instrument.symbol} instrument={instrument} />
        ))}
      </ul>
    </Panel>
  );
}

function Watched({ instrument: { symbol, tickSize } }: { readonly instrument: Instrument }) {
  const venue = useVenue();
  const chosen = useScreen((state) => state.symbol === symbol);
  const tick = useScreen((state) => state.ticks[symbol]);
  const first = useScreen((state) => state.firstPrices[symbol]);
  const { trust } = usePriceTrust(symbol);
  const way = !tick || first === undefined ? 0 : compare(decimal(tick.lastPrice), decimal(first));
  return (
    <li>
      <button type="button" aria-pressed={chosen} onClick={() => venue.choose(symbol)} data-trust={tick ? trust : undefined}>
        <span className="watch-symbol">{symbol}</span>
        <span className={way > 0 ? 'up' : way < 0 ? 'down' : ''}>
          {tick ? shown(tick.lastPrice, decimalsOf(tickSize)) : '–'}
          <span aria-hidden="true">{way > 0 ? ' ▲' : way < 0 ? ' ▼' : '  '}</span>
        </span>
        <span className="watch-range">
          {trust === 'stale'
            ? 'stale'
            : tick?.low24h !== undefined && tick.high24h !== undefined
              ? `${shown(tick.low24h)} – ${shown(tick.high24h)}`
              : ''}
        </span>
      </button>
    </li>
  );
}
