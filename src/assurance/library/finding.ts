import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';

/** A construct of this library, as the right side of `instanceof`. */
export type ConstructClass<T extends IConstruct = IConstruct> = abstract new (...args: never[]) => T;

/** A finding of a rule that this library accepts inside one of its constructs. */
export interface LibraryFinding<T extends IConstruct = IConstruct> {
  /**
   * Path of the resource that has the finding, from the construct on; empty for the construct itself. A `*` stands for any part
   * of an id: `*Long/Resource`.
   */
  readonly at: string;

  /** The rule without its pack, such as `S3BucketReplicationEnabled`. */
  readonly rule: string;

  /**
   * Findings of a rule that has several: those that the resource has indeed, such as `Resource::*`.
   *
   * @default - the rule has one finding
   */
  readonly findings?: (resource: IConstruct) => string[];

  /**
   * Whether a resource at that path has the finding, for a `*` that fits more than those.
   *
   * @default - every one has it
   */
  readonly foundIn?: (resource: IConstruct) => boolean;

  /** Packs that have the rule. */
  readonly packs: readonly string[];

  /** Why the finding is acceptable. */
  readonly reason: string;

  /** What keeps the risk small instead. */
  readonly control: string;

  /**
   * Whether this form of the construct has the resource and the finding: not when the user brings it, or has chosen otherwise.
   *
   * @default - every form has both
   */
  readonly when?: (construct: T) => boolean;
}

/** Every finding that is accepted in constructs of one class. */
export interface ConstructFindings {
  readonly type: ConstructClass;
  readonly findings: readonly LibraryFinding[];
}

/** Findings of one class; `when` sees its own construct. */
export function findingsOf<T extends IConstruct>(type: ConstructClass<T>, ...findings: Array<LibraryFinding<T>>): ConstructFindings {
  return { type, findings: findings as unknown as LibraryFinding[] };
}

/** Whether a construct has something at a path. */
export function has(path: string): (construct: IConstruct) => boolean {
  return (construct) => path.split('/').reduce<IConstruct | undefined>((found, id) => found?.node.tryFindChild(id), construct) !== undefined;
}

/** Whether a log group has no key of ours. */
export function withoutKey(logGroup: IConstruct): boolean {
  return (logGroup as CfnLogGroup).kmsKeyId === undefined;
}
