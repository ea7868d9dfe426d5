import { types } from 'node:util';
import { type DestinationStream, type LogFn, pino, type Logger as PinoLogger, type LoggerOptions as PinoOptions } from 'pino';
import { loggedError, withoutCredentials } from './logged-error';
import { activeTrace } from './trace-context';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly environment: string;
  readonly level: string;
}

/** Names under which a secret might be logged by mistake, at the top or one level down. */
const SECRET_NAMES = ['authorization', 'cookie', 'token', 'accessToken', 'password', 'secret', 'authToken'];

/**
 * One JSON line per entry: time, level, service, message and fields; known secret names are removed, errors are what a list lets through, and texts
 * lose the credentials of URLs.
 *
 * @param destination default standard output
 */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const settings: PinoOptions = {
    level: options.level,
    base: { service: options.service, environment: options.environment },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: masked },
    hooks: { logMethod },
    mixin: traceFields,
    serializers: { err: loggedError, error: loggedError },
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), remove: true },
  };
  return destination ? pino(settings, destination) : pino(settings);
}

/** So that what is said during a request that is traced is found by its trace. */
function traceFields(): object {
  const trace = activeTrace();
  return trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}

/** An error that is all there is to log is one like every other; the message loses credentials like every text. */
function logMethod(this: PinoLogger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, ...rest] = args as unknown[];
  const given = types.isNativeError(first) ? [{ err: first }, ...(rest.length === 0 ? [first.message] : rest)] : [first, ...rest];
  method.apply(this, given.map((each) => (typeof each === 'string' ? withoutCredentials(each) : each)) as Parameters<LogFn>);
}

/** Texts of an entry without credentials. An entry that has none stays the object that it is. */
function masked(fields: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue;
    const clean = withoutCredentials(value);
    if (clean !== value) (copy ??= { ...fields })[name] = clean;
  }
  return copy ?? fields;
}
