import type { IncomingMessage } from 'node:http';
import type { Express, Request } from 'express';
import { BinanceError } from './errors';
import type { Facade, FacadeAsk } from './facade';
import { Params } from './params';
import { signedText } from './signature';
import { type Logger, stageBegins, stageEnds } from '../../runtime';
import { addressOf } from '../http/address';
import { readText } from '../http/body';
import { sendError, sendJson } from '../http/reply';
import type { Turns } from '../orders/turns';

const NO_TURN = { ready: undefined, done: () => undefined };
const RAW_QUERY = 'x-raw-query';
const FORM = /^(application\/x-www-form-urlencoded|application\/json)\s*(;.*)?$/i;

/** Serves `/api/v3`. */
export function mountFacade(app: Express, facade: Facade, options: {
  readonly turns: Turns; readonly trustedProxies: number; readonly logger: Logger; readonly isDraining: () => boolean;
}): void {
  const { turns, logger, isDraining } = options;
  app.use('/api/v3', (request, response) => {
    const began = stageBegins();
    if (isDraining()) response.setHeader('connection', 'close');
    const operation = facade.ofHttp(request.method, request.path);
    if (!operation) return sendJson(response, { status: 404, body: { code: -1000, msg: 'There is nothing here.' } });
    // Taken before anything can be waited for: orders of one connection stand in the order of their arrival.
    const turn = operation.scope === 'trade' ? turns.take(request.socket) : NO_TURN;
    facade.answer(operation, async () => ({ ...await read(request, options.trustedProxies), turn }))
      .then((reply) => sendJson(response, reply), (error: unknown) => sendError(response, error, logger))
      .finally(() => {
        turn.done();
        stageEnds('api', began);
      })
      .catch((error: unknown) => logger.error({ err: error }, 'a reply could not be sent'));
  });
}

async function read(request: Request, trustedProxies: number): Promise<Omit<FacadeAsk, 'turn'>> {
  const query = queryOf(request);
  const body = await bodyOf(request);
  const key = request.headers['x-mbx-apikey'];
  return {
    params: Params.ofForms(query, body),
    apiKey: Array.isArray(key) ? undefined : key,
    signedText: () => signedText(query, body),
    address: addressOf(request, trustedProxies),
  };
}

/**
 * The query as it was sent. Behind API Gateway, which passes on what it made of it, the edge has put it into a header. Nobody gains by writing
 * there: what is signed and what is read are the same text in any case.
 */
function queryOf({ headers, originalUrl }: Request): string {
  const raw = headers[RAW_QUERY];
  if (typeof raw === 'string') return raw;
  const at = originalUrl.indexOf('?');
  return at < 0 ? '' : originalUrl.slice(at + 1);
}

/** A form; programs that send everything in the query may call an empty body what they like. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const { 'content-length': length, 'transfer-encoding': chunked, 'content-type': type } = request.headers;
  if (chunked === undefined && Number(length ?? 0) === 0) return '';
  if (request.method === 'GET') throw new BinanceError(-1101, 'A GET request has no body.', 400, { connection: 'close' });
  if (type !== undefined && !FORM.test(type)) throw new BinanceError(-1100, 'Send the body as application/x-www-form-urlencoded.', 415, { connection: 'close' });
  return readText(request);
}
