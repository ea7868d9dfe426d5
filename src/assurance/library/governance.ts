import { findingsOf, has } from './finding';
import { NIST_R4, REGULATED } from './packs';
import { UsageExport } from '../../constructs/governance/usage-export';

const COPY = { at: 'Bucket/Resource', when: has('Bucket'), reason: 'The bill itself stays with AWS; the bucket holds a copy of its lines for analysis.' };

/** What is accepted in constructs of governance. */
export const GOVERNANCE = [
  findingsOf(UsageExport,
    { ...COPY, rule: 'S3BucketReplicationEnabled', packs: REGULATED, control: 'versioned bucket that outlives the stack' },
    { ...COPY, rule: 'S3BucketDefaultLockEnabled', packs: NIST_R4, control: 'versioned bucket; the export overwrites the current month' }),
];
