import { Matcher, MatchResult } from 'aws-cdk-lib/assertions';

/** What a document names, and where it is: in a template, in a decision record that says why not, or in a file of the project. */
interface Named {
  /** Line of the document. */
  readonly line: number;
  /** What it names, in a few words. */
  readonly noun: string;
}

/** Something that a construct provides. */
export interface Provided extends Named {
  /** Construct, or `Construct.prop`, or `ValueObject.factory`. */
  readonly by: readonly string[];
  /** Name of the scenario whose template shows it. */
  readonly scenario: string;
  readonly type: string;
  /** Properties that a resource of this type has, as a part of them. */
  readonly has: object;
  /** How many resources of the type have them; one at least unless given. */
  readonly count?: number;
}

/** Something that is not built, with the record that says why. */
export interface Decided extends Named {
  /** Number of the decision record. */
  readonly decision: string;
}

/** Something that is no resource: a program, a workflow, a test. */
export interface Kept extends Named {
  /** Path below the project's root. */
  readonly file: string;
}

export type Noun = Provided | Decided | Kept;

export function provided(
  line: number, noun: string, by: string | readonly string[], scenario: string, type: string, has: object = {}, count?: number,
): Provided {
  return { line, noun, by: typeof by === 'string' ? [by] : by, scenario, type: `AWS::${type}`, has, count };
}

export function decided(line: number, noun: string, decision: string): Decided {
  return { line, noun, decision };
}

export function kept(line: number, noun: string, file: string): Kept {
  return { line, noun, file };
}

/** Matches a text in Base64 by a part of what it says. */
export class Decoded extends Matcher {
  public readonly name = 'Decoded';

  public constructor(private readonly part: string) {
    super();
  }

  public test(actual: unknown): MatchResult {
    const result = new MatchResult(actual);
    const text = Buffer.from(String(actual), 'base64').toString('utf8');
    if (!text.includes(this.part)) result.recordFailure({ matcher: this, path: [], message: `expected ${this.part} in ${text}` });
    return result;
  }
}
