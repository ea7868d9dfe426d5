import { join } from 'node:path';
import { type EmulatorOptions, type EmulatorServer, startEmulator } from './emulator';

/** DynamoDB; tables outlive a restart. It has no transactions, no time to live and no streams. */
export function startDynalite(options: EmulatorOptions): Promise<EmulatorServer> {
  return startEmulator({
    name: 'DynamoDB (dynalite)',
    script: 'dynalite.mts',
    args: (port) => [String(port), join(options.dataDir, 'tables')],
    corrupt: /LEVEL_OPEN|Corruption/,
    ...options,
  });
}
