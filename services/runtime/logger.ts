import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly environment: string;
  readonly level: string;
}

/** Names under which a secret might be logged by mistake, at the top or one level down. */
const SECRET_NAMES = ['authorization', 'cookie', 'token', 'accessToken', 'password', 'secret', 'authToken'];

/** One JSON line per entry on standard output: time, level, service, message and fields; known secret names are removed. */
export function createLogger(options: LoggerOptions): Logger {
  return pino({
    level: options.level,
    base: { service: options.service, environment: options.environment },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), remove: true },
  });
}
