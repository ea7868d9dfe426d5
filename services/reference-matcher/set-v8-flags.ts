import { setFlagsFromString } from 'node:v8';
import { V8_FLAGS } from './v8-flags';

// Imported before anything else: functions that are compiled earlier keep the budget that they were compiled with.
for (const flag of V8_FLAGS) setFlagsFromString(flag);
