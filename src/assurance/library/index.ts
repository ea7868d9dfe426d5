import { COMPUTE } from './compute';
import { DATA } from './data';
import { DELIVERY } from './delivery';
import { EDGE } from './edge';
import { ConstructFindings } from './finding';
import { GOVERNANCE } from './governance';
import { IDENTITY } from './identity';
import { INGRESS } from './ingress';
import { MESSAGING } from './messaging';
import { NETWORK } from './network';
import { OBSERVABILITY } from './observability';
import { RESILIENCE } from './resilience';
import { SECURITY } from './security';

/** What is accepted in the constructs of this library. A construct may be of several classes; then every entry counts. */
export const LIBRARY_FINDINGS: readonly ConstructFindings[] = [
  ...GOVERNANCE, ...NETWORK, ...SECURITY, ...OBSERVABILITY, ...IDENTITY, ...MESSAGING,
  ...DATA, ...COMPUTE, ...INGRESS, ...EDGE, ...RESILIENCE, ...DELIVERY,
];
