import { CfnResource, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { LIBRARY_FINDINGS } from '.';
import { CONTROL_TOWER, CONTROL_TOWER_FINDINGS, FURTHER_CONSTRUCTS, renderedProperties } from './control-tower';
import { LibraryFinding } from './finding';
import { ALL_PACKS } from './packs';
import { acknowledge } from '../acknowledge';
import type { LibraryAcknowledgementsOptions } from '../library-acknowledgements';

/** Acknowledges what the library accepts in its own constructs at or below `scope`; answers with what is not where it is expected. */
export function acknowledgeOurs(scope: IConstruct, options: LibraryAcknowledgementsOptions): string[] {
  for (const resource of resourcesBelow(scope).filter(isOurs)) acknowledgeControlTower(resource, options);
  return scope.node.findAll().flatMap((construct) => acknowledgeIn(construct, options));
}

/** Acknowledges what Control Tower's rules find in anything at or below `scope`. */
export function acknowledgeAllOfControlTower(scope: IConstruct, options: LibraryAcknowledgementsOptions): void {
  for (const resource of resourcesBelow(scope)) acknowledgeControlTower(resource, options);
}

/** Every rule of which some finding is accepted, without pack and finding. */
export function acceptedRules(): Set<string> {
  return new Set([...LIBRARY_FINDINGS.flatMap(({ findings }) => findings.map(ruleOf)), ...CONTROL_TOWER_FINDINGS.map(({ rule }) => rule)]);
}

function resourcesBelow(scope: IConstruct): CfnResource[] {
  return scope.node.findAll().filter((each): each is CfnResource => CfnResource.isCfnResource(each));
}

/** Whether a resource is part of a construct of this library. */
function isOurs(resource: CfnResource): boolean {
  return resource.node.scopes.some((scope) => findingsOf(scope).length > 0 || FURTHER_CONSTRUCTS.some((type) => scope instanceof type));
}

/** Acknowledges what Control Tower's rules find in a resource. */
function acknowledgeControlTower(resource: CfnResource, { owner, reviewBy, packs = ALL_PACKS, except = [] }: LibraryAcknowledgementsOptions): void {
  const candidates = CONTROL_TOWER_FINDINGS.filter(({ type, rule }) => type === resource.cfnResourceType && !except.includes(rule));
  if (candidates.length === 0 || !packs.includes(CONTROL_TOWER)) return;
  const properties = renderedProperties(resource);
  const known = acknowledged(resource);
  for (const { rule, foundIn, reason, control } of candidates) {
    const id = `${CONTROL_TOWER}::${rule}`;
    if (!known.has(id) && foundIn(properties, resource)) acknowledge(resource, { rule: id, reason, control, owner, reviewBy });
  }
}

/** Acknowledges what is accepted in one construct; answers with what is not where it is expected. */
function acknowledgeIn(construct: IConstruct, options: LibraryAcknowledgementsOptions): string[] {
  return findingsOf(construct)
    .flatMap(({ type, findings }) => findings
      .filter((finding) => finding.when?.(construct) !== false && !options.except?.includes(ruleOf(finding)))
      .flatMap((finding) => {
        const resources = atPath(construct, finding.at);
        for (const resource of resources.filter((each) => finding.foundIn?.(each) !== false)) record(resource, finding, options);
        if (resources.length > 0) return [];
        return [`${construct.node.path}: the acknowledgement of ${finding.rule} in ${type.name} is for '${finding.at}', which is not there; `
          + 'tell the maintainers of this library, and name the rule in `except` meanwhile'];
      }));
}

/** What is accepted in constructs of each class; an app has thousands of constructs of a few hundred classes. */
const FINDINGS = new Map<unknown, typeof LIBRARY_FINDINGS>();

function findingsOf(construct: IConstruct): typeof LIBRARY_FINDINGS {
  const known = FINDINGS.get(construct.constructor) ?? LIBRARY_FINDINGS.filter(({ type }) => construct instanceof type);
  FINDINGS.set(construct.constructor, known);
  return known;
}

/** The rule without its finding. */
function ruleOf({ rule }: LibraryFinding): string {
  return rule.replace(/\[.*/, '');
}

function record(resource: IConstruct, finding: LibraryFinding, { owner, reviewBy, packs = ALL_PACKS }: LibraryAcknowledgementsOptions): void {
  const { rule, reason, control } = finding;
  const known = acknowledged(resource);
  for (const name of finding.findings?.(resource).map((each) => `${rule}[${each}]`) ?? [rule]) {
    const ids = finding.packs.filter((pack) => packs.includes(pack)).map((pack) => `${pack}::${pack}-${name}`);
    for (const id of ids.filter((each) => !known.has(each))) acknowledge(resource, { rule: id, reason, control, owner, reviewBy });
  }
}

/** Synthesis may take place more than once, and a system or a user may have been here before. */
function acknowledged(resource: IConstruct): Set<string> {
  const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
  const entries = resource.node.scopes.flatMap(({ node }) => node.metadata).filter(({ type }) => type === key);
  return new Set(entries.flatMap(({ data }) => Object.keys(data as object)));
}

function atPath(construct: IConstruct, path: string): IConstruct[] {
  return path === '' ? [construct] : path.split('/').reduce<IConstruct[]>(
    (found, id) => found.flatMap(({ node }) => node.children.filter((child) => fits(child.node.id, id))), [construct]);
}

function fits(id: string, pattern: string): boolean {
  const [start, end] = pattern.split('*');
  return end === undefined ? id === pattern : id.length >= start.length + end.length && id.startsWith(start) && id.endsWith(end);
}
