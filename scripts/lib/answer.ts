/** How a check that needs a program which may not be there answers. */

/** What a check found, or why it was not made. */
export type Answer =
  | ({ readonly skipped: false; readonly passed: boolean } & Readonly<Record<string, unknown>>)
  | { readonly skipped: true; readonly reason: string };

export interface AnswerFlags {
  /** One line of JSON, the very last of the output. */
  readonly json: boolean;
  /** A check that is not made fails. */
  readonly require: boolean;
}

/**
 * Says what became of a check, loudly where it was not made.
 *
 * @returns exit code
 */
export function conclude(name: string, answer: Answer, { json, require: required }: AnswerFlags, write = toStandardOutput): number {
  if (answer.skipped) {
    process.stderr.write(`\n  SKIPPED: ${name} did not run and says nothing about the system.\n  ${answer.reason}\n\n`);
  }
  const passed = answer.skipped ? !required : answer.passed;
  write(answer.skipped ? `${name} SKIPPED` : `${name} ${passed ? 'passed' : 'FAILED'}`);
  if (json) write(JSON.stringify(answer));
  return passed ? 0 : 1;
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
