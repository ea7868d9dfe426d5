/** Something that a person can put right: its message is one clear sentence and is shown without a stack. */
export class LocalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalError';
  }
}

/** Content of the data folder that a server cannot work with. */
export class DataFolderError extends LocalError {
  /** @param folder the part of the data folder that is unusable */
  constructor(server: string, folder: string, reason: string) {
    super(`${server} cannot use its data in ${folder} (${reason.trim().replace(/\.$/, '')}); start again with --fresh to empty the data folder.`);
    this.name = 'DataFolderError';
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
