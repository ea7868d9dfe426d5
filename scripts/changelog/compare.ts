/** What an update from the recorded release would cost a user, and whether the changelog says so. */
import type { Section } from './changelog';
import type { StatefulResources } from './stateful';

/** A stateful resource that an update leaves behind, or makes anew. */
export interface Loss {
  readonly path: string;
  readonly logicalId: string;
  readonly what: string;
}

/** Every stateful resource of the record that is not the same one any more. New resources cost nobody anything. */
export function losses(recorded: StatefulResources, current: StatefulResources): Loss[] {
  return Object.entries(recorded).flatMap(([path, before]): Loss[] => {
    const loss = (what: string): Loss => ({ path, logicalId: path.slice(path.lastIndexOf('/') + 1), what });
    const after = current[path];
    if (after === undefined) return [loss(`${before.type} is no longer in the template`)];
    if (after.type !== before.type) return [loss(`was ${before.type} and is ${after.type}`)];
    const changed = [...new Set([...Object.keys(before.fixed), ...Object.keys(after.fixed)])].sort()
      .filter((property) => JSON.stringify(before.fixed[property]) !== JSON.stringify(after.fixed[property]));
    return changed.length === 0 ? [] : [loss(`${before.type} is replaced by its changed ${changed.join(', ')}`)];
  });
}

/** Losses that no row of the section admits: it must name the logical id, in backticks, as replaced. */
export function unmentioned(found: readonly Loss[], { changes }: Section): Loss[] {
  return found.filter(({ logicalId }) => !changes.some(({ replaced }) => replaced.includes(`\`${logicalId}\``)));
}
