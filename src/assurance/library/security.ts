import { findingsOf } from './finding';
import { AWS_SOLUTIONS, REGULATED, WITHOUT_R4 } from './packs';
import { wildcardActions, wildcardResources } from './wildcards';
import { PermissionsBoundary } from '../../constructs/security/permissions-boundary';

const BOUNDARY = {
  at: 'Resource/Resource',
  reason: 'A boundary must allow what is to be possible at all; it grants nothing, and a role still needs a statement of its own.',
  control: 'the statements after it deny what an intruder would gain by',
};

/** What is accepted in constructs of security. */
export const SECURITY = [
  findingsOf(PermissionsBoundary,
    { ...BOUNDARY, rule: 'IAM5', findings: wildcardActions(/\*/), packs: AWS_SOLUTIONS },
    { ...BOUNDARY, rule: 'IAM5', findings: wildcardResources({ resource: /\*/, actions: /\*/ }), packs: AWS_SOLUTIONS },
    { ...BOUNDARY, rule: 'IAMPolicyNoStatementsWithAdminAccess', packs: REGULATED },
    { ...BOUNDARY, rule: 'IAMPolicyNoStatementsWithFullAccess', packs: WITHOUT_R4 }),
];
