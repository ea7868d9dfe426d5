import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Health, Logger } from '../../runtime';
import { HEADERS } from '../http/lambda';
import type { Router } from '../http/router';
import type { VerifyToken } from '../http/tokens';

const MAX_BODY = 16 * 1024;
const BEARER = /^(?:Bearer +)?(\S+)$/i;

export interface ServerOptions {
  readonly router: Router;
  readonly verify: VerifyToken;
  readonly health: Health;
  readonly logger: Logger;
}

/** The API over HTTP. API Gateway has looked at the token before; it is looked at again here, because others may reach a container. */
export function createApiServer({ router, verify, health, logger }: ServerOptions): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 75_000 }, (request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, HEADERS).end(JSON.stringify(body));
    };
    const answer = async (): Promise<void> => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/health') {
        const report = health.report();
        return reply(report.status === 'unhealthy' ? 503 : 200, report);
      }
      const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
      let userId: string | undefined;
      try {
        userId = token === undefined ? undefined : await verify(token);
      } catch (error) {
        logger.info({ reason: (error as Error).message }, 'a token was refused');
        return reply(401, { code: 'invalid_token', message: 'The token is not good.' });
      }
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      const { status, body: answered } = await router.answer({
        method: request.method ?? 'GET', path: url.pathname, query: Object.fromEntries(url.searchParams), body, userId,
      });
      reply(status, answered);
    };
    answer().catch((error: unknown) => {
      logger.error({ err: error }, 'a request failed');
      if (!response.headersSent) reply(500, { code: 'internal_error', message: 'Something went wrong on our side.' });
    });
  });
}

/** Reads no more than one byte above the limit, which the router then refuses. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(chunks).toString();
}
