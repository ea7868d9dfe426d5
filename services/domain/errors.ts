/** What is wrong with a value that came from outside, with a code that a client can act on. */
export class DomainError extends Error {
  constructor(
    /** Machine-readable, snake case, stable. */
    readonly code: string,
    message: string,
    /** What the message is about, for a client that shows it beside a field. */
    readonly details: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

/** Data that came out of a log, a queue or a snapshot is not what was written there. Never skipped: whoever sees it stops. */
export class CorruptDataError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CorruptDataError';
  }
}

/** The log asks for a behaviour that this build does not have. Only a newer build may read on. */
export class UnsupportedVersionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedVersionError';
  }
}
