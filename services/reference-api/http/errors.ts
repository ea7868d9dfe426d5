import { STATUS_CODES } from 'node:http';
import { JournalOverloadedError, JournalUnavailableError } from '../../adapters/journal/journal-errors';
import { DomainError } from '../../domain';

/** Facts beside a code and a sentence. */
export type Details = Readonly<Record<string, string | number>>;

/** An answer that is not the one that was asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Machine-readable, snake case, stable. */
    readonly code: string,
    message: string,
    readonly details: Details = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Problem details (RFC 9457) with a code to act upon; `detail` is a sentence for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly [fact: string]: string | number;
}

/** Content type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What a client is told of an error; undefined for a fault of ours. */
export function problemOf({ status, code, message, details }: ApiError): Problem {
  return { ...details, type: `/v1/docs#problem-${code}`, title: STATUS_CODES[status] ?? 'Error', status, detail: message, code };
}

/** A fault of ours: its text stays here. */
export const INTERNAL_ERROR = new ApiError(500, 'internal_error', 'Something went wrong here. It was logged.');

/** The caller did not say, or could not prove, who they are. */
export function unauthorized(code: string, message: string): ApiError {
  return new ApiError(401, code, message, {}, { 'www-authenticate': 'Bearer' });
}

/** A part of the API that this system was made without. The address is there, what it is about is not. */
export function notHere(feature: string, message: string): ApiError {
  return new ApiError(404, 'feature_not_here', message, { feature });
}

/** Something that this service stands on is away; the same request may work a little later. */
export function unavailable(code: string, message: string, details: Details = {}): ApiError {
  return new ApiError(503, code, message, details, { 'retry-after': '1' });
}

/** What an error means to the client. Undefined: a fault of ours, whose text stays here. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof DomainError) return new ApiError(422, error.code, error.message, error.details);
  if (error instanceof JournalOverloadedError) {
    return unavailable('overloaded', 'Too many orders wait already; nothing was taken. Try again in a moment.');
  }
  if (error instanceof JournalUnavailableError) {
    return unavailable('journal_unavailable', error.outcome === 'refused'
      ? 'The journal could not be reached; nothing was taken. Try again in a moment.'
      : 'The journal did not confirm in time: the request may or may not take effect. Repeat it with the same ids.', { outcome: error.outcome });
  }
  return undefined;
}
