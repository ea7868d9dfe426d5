import { DomainError } from '../../domain';

/** An answer that is not the one that was asked for. The body is `{code, message, …details}`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Machine-readable, snake case, stable. */
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Something that the API stands on is away; the same request may work a little later. */
export function unavailable(code: string, message: string): ApiError {
  return new ApiError(503, code, message);
}

/** What an error means to the client. Undefined: a fault of ours, whose text stays here. */
export function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof DomainError) return new ApiError(422, error.code, error.message, error.details);
  return undefined;
}
