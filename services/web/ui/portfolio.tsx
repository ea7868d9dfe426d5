import { useScreen } from './context';
import { Equity } from './equity';
import { Empty } from './parts';
import { Reset } from './reset';
import type { Theme } from './theme';
import { about, shown } from '../core/decimal';
import { totalsOf, worthOf } from '../core/worth';

export function Portfolio({ theme }: { readonly theme: Theme }) {
  const account = useScreen((state) => state.account);
  const ticks = useScreen((state) => state.ticks);
  const instruments = useScreen((state) => state.instruments);
  const behind = useScreen((state) => state.behind);
  const link = useScreen((state) => state.link);
  const stale = behind || link !== 'live';
  const quote = instruments[0]?.quote;
  if (!account || !quote) return <Empty>Reading the account.</Empty>;
  const worth = worthOf(totalsOf(account.balances), quote.code, instruments, (symbol) => ticks[symbol]?.lastPrice);
  return (
    <div className="portfolio" data-trust={stale ? 'stale' : 'live'}>
      <div className="scroll" tabIndex={0} role="region" aria-label="Balances and positions">
        <div className="equity">
          <span>Equity</span> <strong>{worth.unpriced.length === account.balances.length ? '–' : `${about(worth.equity, 2)} ${quote.code}`}</strong>
          {worth.unpriced.length > 0 && <span className="hint"> without {worth.unpriced.join(', ')}, of which no price is known</span>}
          <Reset />
        </div>
        <table className="wide" data-testid="balances">
          <thead>
            <tr>
              <th scope="col">Asset</th>
              <th scope="col">Free</th>
              <th scope="col">Held by orders</th>
              <th scope="col">Total</th>
            </tr>
          </thead>
          <tbody>
            {account.balances.map(({ asset, free, held, total, partition }) => (
              <tr key={`${asset}/${partition ?? ''}`} data-asset={asset}>
                <th scope="row">
                  {asset}
                  {partition === undefined ? '' : ` (partition ${partition})`}
                </th>
                <td data-field="free">{shown(free)}</td>
                <td data-field="held">{shown(held)}</td>
                <td data-field="total">{shown(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {account.positions.length > 0 && (
          <table className="wide">
            <thead>
              <tr>
                <th scope="col">Position</th>
                <th scope="col">Quantity</th>
                <th scope="col">Average entry</th>
                <th scope="col">Last trade here</th>
                <th scope="col">Value</th>
                <th scope="col">Unrealised</th>
                <th scope="col">Realised</th>
              </tr>
            </thead>
            <tbody>
              {account.positions.map((one) => (
                <tr key={`${one.symbol}/${one.partition ?? ''}`}>
                  <th scope="row">{one.symbol}</th>
                  <td>{shown(one.quantity)}</td>
                  <td>{shown(one.averageEntryPrice ?? '–')}</td>
                  <td>{shown(one.markPrice ?? '–')}</td>
                  <td>{shown(one.value ?? '–')}</td>
                  <Profit value={one.unrealisedProfit} />
                  <Profit value={one.realisedProfit} />
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <Equity theme={theme} />
    </div>
  );
}

function Profit({ value }: { readonly value?: string }) {
  if (value === undefined) return <td>–</td>;
  return (
    <td className={value.startsWith('-') ? 'down' : value === '0' ? '' : 'up'}>
      {value.startsWith('-') || value === '0' ? '' : '+'}
      {shown(value)}
    </td>
  );
}
