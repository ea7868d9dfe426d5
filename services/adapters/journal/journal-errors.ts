/**
 * What is known of an append that failed. `refused`: it certainly did not take place. `unknown`: it may have taken place;
 * only a repetition with the same commands tells.
 */
export type AppendOutcome = 'refused' | 'unknown';

/** The journal did not confirm an append. */
export class JournalUnavailableError extends Error {
  constructor(message: string, readonly outcome: AppendOutcome, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalUnavailableError';
  }
}

/** More commands wait for the journal than may; this one was turned away before anything was sent. */
export class JournalOverloadedError extends JournalUnavailableError {
  constructor(message: string) {
    super(message, 'refused');
    this.name = 'JournalOverloadedError';
  }
}

/** The journal cannot be read as it is; repeating the call will not help. */
export class JournalUnreadableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalUnreadableError';
  }
}

/** What is known of an append that failed with this error; nothing, unless the error says so. */
export function outcomeOf(error: unknown): AppendOutcome {
  return error instanceof JournalUnavailableError ? error.outcome : 'unknown';
}
