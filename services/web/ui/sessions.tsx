import { useEffect, useState } from 'react';
import { useVenue } from './context';
import { Dialog } from './dialog';
import { dateTime, Empty } from './parts';
import type { SessionRow } from '../data/sessions';

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where the account is signed in, to be ended one by one or everywhere. */
export function Sessions({ onClose }: { readonly onClose: () => void }) {
  const venue = useVenue();
  const [rows, setRows] = useState<readonly SessionRow[]>();
  const [problem, setProblem] = useState<string>();
  const [keys, setKeys] = useState(false);

  const read = async (): Promise<void> => setRows((await venue.api.get<{ sessions: readonly SessionRow[] }>('/v1/sessions')).sessions);
  const act = (work: () => Promise<unknown>): void => {
    setProblem(undefined);
    void work().catch((error: unknown) => setProblem(wordsOf(error)));
  };
  useEffect(() => act(read), []);

  const everywhere = async (): Promise<void> => {
    await venue.api.send('DELETE', `/v1/sessions${keys ? '?apiKeys=true' : ''}`);
    venue.signOut('You are signed out everywhere.');
  };

  return (
    <Dialog title="Where you are signed in" onClose={onClose}>
      {(close) => (
        <>
          {rows === undefined ? <Empty>Reading the sessions.</Empty> : (
            <ul className="sessions">
              {rows.map((row) => (
                <li key={row.id}>
                  <div>
                    <strong>{row.client ?? 'Unknown device'}</strong>{row.current ? ' · this one' : ''}
                    <p className="hint">signed in {dateTime(row.signedInAt)}, last seen {dateTime(row.lastSeenAt)}</p>
                  </div>
                  {!row.current && (
                    <button type="button" className="quiet danger" aria-label={`End the session of ${dateTime(row.signedInAt)}`}
                      onClick={() => act(async () => {
                        await venue.api.send('DELETE', `/v1/sessions/${encodeURIComponent(row.id)}`);
                        await read();
                      })}>
                      End
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )}
          <p className="problem" role="alert">{problem}</p>
          <label className="check"><input type="checkbox" checked={keys} onChange={(event) => setKeys(event.target.checked)} />Delete my API keys as well</label>
          <div className="row-actions">
            <button type="button" className="quiet" onClick={close}>Close</button>
            <button type="button" className="primary danger" onClick={() => act(everywhere)}>Sign out everywhere</button>
          </div>
        </>
      )}
    </Dialog>
  );
}
