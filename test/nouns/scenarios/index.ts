import { compute } from './compute';
import { data } from './data';
import { foundation } from './foundation';
import { front } from './front';
import { messaging } from './messaging';
import type { Scenarios } from '../scenario';

/** Every template that nouns are looked for in. */
export const SCENARIOS: Scenarios = { ...foundation, ...data, ...messaging, ...compute, ...front };

/** Those that belong to the second region. */
export const RECOVERY_REGION: readonly string[] = ['recoveryNetwork', 'ledgerCopy'];
