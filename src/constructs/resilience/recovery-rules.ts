import type { Duration } from 'aws-cdk-lib';
import type { PlatformTemplates, TemplateResource } from './recovery-templates';
import type { RequiredTopology } from './recovery-topology';

/** What must be kept. */
export interface RecoveryRequirement {
  readonly zone: { readonly rto: Duration; readonly rpo: Duration };
  readonly region?: { readonly rto: Duration; readonly rpo: Duration };
  readonly needed: RequiredTopology;
}

/** Something in a template with which the objective cannot be kept. */
export interface RecoveryShortfall {
  /** Stable name of the rule, by which it can be acknowledged. */
  readonly rule: string;
  /** What has it; undefined for the whole. */
  readonly resource?: TemplateResource;
  /** Property of the resource. */
  readonly property?: string;
  /** What is needed and what is there. */
  readonly fault: string;
  readonly remedy: string;
}

/** A rule for resources of some types. Not exported from the package. */
export interface RecoveryRule {
  readonly types: readonly string[];
  readonly find: (resource: TemplateResource, requirement: RecoveryRequirement, platform: PlatformTemplates) => ResourceShortfall[];
}

/** What one resource lacks. */
export type ResourceShortfall = Omit<RecoveryShortfall, 'resource'>;

/** A list with the shortfall unless something holds. */
export function unless(holds: boolean, shortfall: () => ResourceShortfall): ResourceShortfall[] {
  return holds ? [] : [shortfall()];
}

/** The targets in words, as the beginning of a fault. */
export const zoneRto = ({ zone }: RecoveryRequirement) => `a zone RTO of ${zone.rto.toHumanString()}`;
export const zoneRpo = ({ zone }: RecoveryRequirement) => `a zone RPO of ${zone.rpo.toHumanString()}`;
export const regionRto = ({ region }: RecoveryRequirement) => `a region RTO of ${region!.rto.toHumanString()}`;
export const regionRpo = ({ region }: RecoveryRequirement) => `a region RPO of ${region!.rpo.toHumanString()}`;
