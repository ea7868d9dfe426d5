import { CfnResource, Stack } from 'aws-cdk-lib';
import { NagRuleCompliance, NagRules } from 'cdk-nag';

/** A rule of the pack, in the form that cdk-nag gives its own. */
export type Rule = (node: CfnResource) => NagRuleCompliance;

export const { COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE } = NagRuleCompliance;

/** A rule's answer. */
export function verdict(holds: boolean): NagRuleCompliance {
  return holds ? COMPLIANT : NON_COMPLIANT;
}

/** A property as the template will have it; an intrinsic function stays one. */
export function resolved<T>(node: CfnResource, value: unknown): T {
  return Stack.of(node).resolve(value) as T;
}

/** Whether a property is switched on; a parameter that decides it later leaves the rule without an answer. */
export function isOn(node: CfnResource, value: unknown): boolean {
  const found: unknown = NagRules.resolveIfPrimitive(node, value);
  return found === true || found === 'true';
}

/** Every resource of the app of a class. */
export function resourcesOfApp<T extends CfnResource>(node: CfnResource, type: abstract new (...args: never[]) => T): T[] {
  return node.node.root.node.findAll().filter((each): each is T => each instanceof type);
}

/** Whether a resource is part of a construct of this library. */
export function isPartOf(node: CfnResource, type: abstract new (...args: never[]) => object): boolean {
  return node.node.scopes.some((scope) => scope instanceof type);
}
