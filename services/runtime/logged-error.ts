import { types } from 'node:util';

/** What of an error is logged, by a list: clients attach what they were asked to do, with passwords and rows, to the errors that they throw. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly requestId?: string;
  readonly cause?: LoggedError;
}

/** What clients tell that helps, if it is what it should be. */
interface Told {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly $metadata?: { readonly requestId?: unknown; readonly httpStatusCode?: unknown };
}

/** How far causes are followed; one may be its own. */
const DEPTH = 4;

export function loggedError(error: unknown, depth = DEPTH): LoggedError | string {
  // `instanceof` would miss those of another realm.
  if (!types.isNativeError(error)) return withoutCredentials(String(error));
  const { code, statusCode, $metadata: metadata } = error as Error & Told;
  const cause = types.isNativeError(error.cause) && depth > 1 ? loggedError(error.cause, depth - 1) as LoggedError : undefined;
  const status = [statusCode, metadata?.httpStatusCode].find((each) => typeof each === 'number');
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: withoutCredentials(error.message),
    stack: error.stack === undefined ? undefined : withoutCredentials(error.stack),
    ...(typeof code === 'string' ? { code } : {}),
    ...(status === undefined ? {} : { statusCode: status as number }),
    ...(typeof metadata?.requestId === 'string' ? { requestId: metadata.requestId } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The text without names and passwords in URLs, and without bearer tokens. */
export function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^/\s@"']*:[^/\s@"']*@/g, '://***@').replace(/\b(Bearer|Basic) [\w.~+/=-]+/gi, '$1 ***');
}
