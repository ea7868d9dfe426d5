import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { healthHandlers, queryHandlers, type QuerySource } from './query-service';
import { healthDefinition, QUERY_NAME, queryDefinition } from '../../adapters/query/definition';
import { createHealthServer, type Health } from '../../runtime';

/** How every HTTP/2 connection begins that nobody negotiated. */
const PREFACE = Buffer.from('PRI * HTTP/2.0');
/** Time for a connection to say what it is, in milliseconds. */
const SILENCE_MS = 5_000;

/** The listening socket of a matcher. */
export interface QueryServer {
  readonly port: number;
  close(): void;
}

/**
 * Serves `GET /health` over HTTP/1.1 and gRPC over HTTP/2 on one port: a task has one port that health checks, security groups and
 * service discovery know.
 */
export async function startQueryServer(source: QuerySource, health: Health, port: number): Promise<QueryServer> {
  const grpc = new Server();
  grpc.addService(queryDefinition, queryHandlers(source));
  grpc.addService(healthDefinition, healthHandlers(health, [QUERY_NAME]));
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const http = createHealthServer(health);
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sortOut(socket, () => injector.injectConnection(socket), () => http.emit('connection', socket));
  });
  await listen(tcp, port);
  const address = tcp.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () => {
      tcp.close();
      injector.destroy();
      grpc.forceShutdown();
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads as much of a connection as tells the two protocols apart, and puts it back. */
function sortOut(socket: Socket, http2: () => void, http1: () => void): void {
  let begun: Buffer = Buffer.alloc(0);
  const silent = setTimeout(() => socket.destroy(), SILENCE_MS);
  socket.once('close', () => clearTimeout(silent));
  const read = (chunk: Buffer): void => {
    begun = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
    const fits = PREFACE.subarray(0, begun.length).equals(begun.subarray(0, PREFACE.length));
    if (fits && begun.length < PREFACE.length) return;
    clearTimeout(silent);
    socket.off('data', read);
    socket.pause();
    socket.unshift(begun);
    if (fits) {
      // Reads what was put back by itself.
      http2();
    } else {
      http1();
      socket.resume();
    }
  };
  socket.on('data', read);
}

function listen(server: TcpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
