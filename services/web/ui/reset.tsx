import { useState } from 'react';
import { useScreen, useVenue } from './context';
import { Dialog } from './dialog';
import { dateTime } from './parts';
import { shown } from '../core/decimal';
import { resetAccount } from '../data/account';

/** Begins the account anew, after a question. Nothing where accounts begin with nothing. */
export function Reset() {
  const venue = useVenue();
  const facts = useScreen((state) => state.facts);
  const live = useScreen((state) => state.link === 'live');
  const [asking, setAsking] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (facts?.status !== 'open' || facts.startingBalances.length === 0) return null;

  async function reset(id: string, close: () => void): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await resetAccount(venue.api, id);
      close();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }

  const balances = facts.startingBalances.map(({ asset, amount }) => `${shown(amount)} ${asset}`).join(', ');
  return (
    <>
      <button type="button" className="quiet" disabled={!live} onClick={() => setAsking(crypto.randomUUID())}>Start over …</button>
      {asking !== undefined && (
        <Dialog title="Start over?" onClose={() => setAsking(undefined)}>
          {(close) => (
            <>
              <p>
                Your orders are cancelled, and the account has {balances} again. Positions, profit and the equity curve begin anew. Past orders and
                fills stay in the history.
              </p>
              {facts.lastReset && <p className="hint">Last time: {dateTime(facts.lastReset.time)}</p>}
              <p className="problem" role="alert">{problem}</p>
              <div className="row-actions">
                <button type="button" className="quiet" onClick={close}>Leave it as it is</button>
                <button type="button" className="primary danger" disabled={busy} onClick={() => void reset(asking, close)}>Start over</button>
              </div>
            </>
          )}
        </Dialog>
      )}
    </>
  );
}
