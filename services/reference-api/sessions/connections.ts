import type { SessionWatch } from './watch';
import type { FacadeGateway } from '../binance/ws/gateway';
import type { StreamGateway } from '../ws/gateway';

/** Closes the WebSockets of what is over: those of a session with it, those of programs with their keys. */
export function endConnections(watch: SessionWatch, streams: Pick<StreamGateway, 'end'>, programs: Pick<FacadeGateway, 'endAccount'>): void {
  watch.onEnded(({ kind, id, at }) => {
    if (kind === 'keys') programs.endAccount(id);
    else if (kind === 'session') streams.end(({ sessionId }) => sessionId === id);
    else streams.end(({ accountId, signedInAt = 0 }) => accountId === id && signedInAt <= at);
  });
}
