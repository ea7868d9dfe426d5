import { frameOf, type ReplayMessage } from './protocol';
import type { Requests } from './requests';
import type { SendQueue } from './send-queue';
import type { Caller } from '../auth/token-verifier';
import { type ApiError, toApiError } from '../http/errors';
import { type Route, route } from '../http/route';
import { ConnectionReplays, replayBody, type Replays } from '../replay/replays';

/** The replay messages of a connection. */
export class ReplayOps {
  private readonly replays: ConnectionReplays;

  constructor(all: Replays, private readonly requests: Requests, private readonly out: SendQueue, private readonly address?: string) {
    this.replays = new ConnectionReplays(all, {
      event: (id, event, facts = {}) => out.control(JSON.stringify({ op: 'replay', id, event, ...facts })),
      bars: (id, json) => out.taken(frameOf(`replay.${id}`, json)),
      error: (id, error) => this.refuse(id, error),
    });
  }

  async handle(message: ReplayMessage, caller: Caller): Promise<void> {
    const { op, id } = message;
    try {
      if (op === 'replay_control') {
        this.replays.control(id, message.action);
      } else {
        const { op: _op, id: _id, ...body } = message;
        await this.requests.pass(this.start(id), caller, body, this.address);
      }
    } catch (error) {
      const known = toApiError(error);
      if (!known) throw error;
      this.refuse(id, known);
    }
  }

  /** Whether any runs. */
  get isRunning(): boolean {
    return this.replays.size > 0;
  }

  end(): void {
    this.replays.end();
  }

  /** Starting one costs what a question costs, and is allowed to whom those are. */
  private start(id: string): Route {
    return route({
      method: 'post', path: '/v1/stream', tag: 'market', scope: 'read', rate: 'read', summary: 'Replay past bars', body: replayBody, answers: {},
      handle: ({ body }, { accountId }) => {
        this.replays.start(accountId, id, body);
        return { status: 200, body: {} };
      },
    });
  }

  private refuse(id: string, { code, message, details }: ApiError): void {
    this.out.control(JSON.stringify({ error: { ...details, code, message, id } }));
  }
}
