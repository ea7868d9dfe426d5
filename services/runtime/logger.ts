import { type DestinationStream, pino, type Logger as PinoLogger, type LoggerOptions as PinoOptions } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly environment: string;
  readonly level: string;
}

/** Names under which a secret might be logged by mistake, at the top or one level down. */
const SECRET_NAMES = ['authorization', 'cookie', 'token', 'accessToken', 'password', 'secret', 'authToken'];

/**
 * One JSON line per entry: time, level, service, message and fields; known secret names are removed.
 *
 * @param destination default standard output
 */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const settings: PinoOptions = {
    level: options.level,
    base: { service: options.service, environment: options.environment },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), remove: true },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
