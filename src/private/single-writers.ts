import type { Faults } from './faults';
import type { ServiceManifest } from './service-rendering';

/** Services with one writer per partition: what runs them must not be taken away. */
const SINGLE_WRITERS = ['reference-matcher'];

/** Adds a fault for a single writer on capacity that AWS takes back. */
export function checkSingleWriter(faults: Faults, manifest: ServiceManifest, isInterruptible: boolean, prop: string): void {
  faults.check(!isInterruptible || !SINGLE_WRITERS.includes(manifest.serviceName),
    `\`${prop}\` must not put '${manifest.serviceName}' on Spot: a single writer on capacity that AWS takes back halts its partition; use MatchingService on Fargate or on DedicatedCapacity`);
}
