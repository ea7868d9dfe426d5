import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** An acknowledgement as it stands in the construct tree. */
export interface AcknowledgementEntry {
  /** Construct that carries it. */
  readonly at: string;
  /** The whole id: `Pack::Rule[finding]`. */
  readonly id: string;
  /** Why the finding is accepted. */
  readonly reason: string;
  /** Who answers for it; undefined when it was not written by `acknowledge`. */
  readonly owner?: string;
  /** What keeps the risk small. */
  readonly control?: string;
  /** Date at which it must be looked at again. */
  readonly reviewBy?: string;
}

/** As `acknowledge` writes it. */
const SENTENCE = /^(?<reason>.*) Owner: (?<owner>.*)\. Control: (?<control>.*)\. Review by (?<reviewBy>\d{4}-\d{2}-\d{2})\.$/s;

/** Owner of what the CDK accepts in its own constructs. */
export const CDK = 'aws-cdk-lib';

/** Where jsii writes the name of a class. */
const RTTI = Symbol.for('jsii.rtti');

/** Ids are compared without spaces, as the CDK does. */
export function normalised(id: string): string {
  return id.replaceAll(' ', '-');
}

/** Every acknowledgement below a construct, by the path that carries it. */
export function acknowledgementsBelow(root: IConstruct): AcknowledgementEntry[] {
  return root.node.findAll().flatMap((construct) => construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>).map(([id, text]) => entry(construct, id, text))));
}

function entry(construct: IConstruct, id: string, text: string): AcknowledgementEntry {
  const found: AcknowledgementEntry = { at: construct.node.path, id: normalised(id), reason: text, ...SENTENCE.exec(text)?.groups };
  return found.owner === undefined && isOfCdk(construct, id) ? { ...found, owner: CDK } : found;
}

/** The CDK itself accepts findings of CloudFormation's validation where it knows better than the schema; they are its maintainers' to answer for. */
function isOfCdk(construct: IConstruct, id: string): boolean {
  const { fqn } = (construct.constructor as { [RTTI]?: { fqn?: string } })[RTTI] ?? {};
  return id.startsWith('CloudFormation-Validate::') && fqn?.startsWith('aws-cdk-lib.') === true;
}
