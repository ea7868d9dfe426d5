/** What users and groups may do, as operators say. */
import { AccessControl } from './access-control';
import { AccessCopy, type AccessCopyOptions } from './access-copy';
import { Members } from './members';
import type { AccessStore } from '../../adapters/access/store';

/** Where operators' rules are kept, and how recent what a task knows of them has to be. */
export interface AccessRules extends Pick<AccessCopyOptions, 'refreshMs' | 'staleMs'> {
  readonly store: AccessStore;
}

/** The parts that decide. */
export interface Access {
  readonly copy: AccessCopy;
  readonly control: AccessControl;
  readonly members: Members;
  start(): void;
  stop(): void;
}

/** @param rules undefined where the system keeps none: then everybody may do everything that their scopes and groups open */
export function createAccess(rules: AccessRules | undefined, rest: Omit<AccessCopyOptions, 'store'>): Access {
  const copy = new AccessCopy({ ...rules, ...rest });
  const members = new Members(rules?.store, copy, rest.logger);
  return {
    copy, members, control: new AccessControl(copy),
    start: () => copy.start(),
    stop: () => {
      copy.stop();
      members.stop();
    },
  };
}
