import { Duration } from 'aws-cdk-lib';
import type { Faults } from './faults';
import { checkPlain } from './plain';

/** How old the newest snapshot of a core may be unless a user says otherwise. */
export const MAX_SNAPSHOT_AGE = Duration.days(1);

const LEAST = Duration.days(7);
const MOST = Duration.days(365);

/** Adds what is wrong with how long a journal keeps its records: for a weekend at least, and for longer than a snapshot is used. */
export function checkJournalRetention(faults: Faults, retention: Duration, maxSnapshotAge: Duration): void {
  checkPlain(faults, { retention, maxSnapshotAge });
  if (retention.isUnresolved()) return;
  const millis = retention.toMilliseconds();
  faults.check(millis >= LEAST.toMilliseconds() && millis <= MOST.toMilliseconds(),
    `\`retention\` must be from 7 to 365 days, so that a reader that was down over a weekend finds everything, got: ${retention.toHumanString()}`);
  faults.check(maxSnapshotAge.isUnresolved() || maxSnapshotAge.toMilliseconds() < millis,
    `\`maxSnapshotAge\` must be below \`retention\` of ${retention.toHumanString()}, or the records after the snapshot are gone, got: ${maxSnapshotAge.toHumanString()}`);
}
