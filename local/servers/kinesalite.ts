import { join } from 'node:path';
import { type EmulatorOptions, type EmulatorServer, startEmulator } from './emulator';

/** Kinesis over plain HTTP/1.1; records outlive a restart. It knows stream names only (no StreamARN) and no enhanced fan-out. */
export function startKinesalite(options: EmulatorOptions): Promise<EmulatorServer> {
  return startEmulator({
    name: 'Kinesis (kinesalite)',
    script: 'kinesalite.mts',
    args: (port) => [String(port), join(options.dataDir, 'streams')],
    corrupt: /Corruption|OpenError|IO error|Invalid argument/i,
    ...options,
  });
}
