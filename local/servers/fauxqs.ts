import { type EmulatorOptions, type EmulatorServer, LOCAL_REGION, startEmulator } from './emulator';

/**
 * SQS and S3. Messages, their visibility and objects outlive a restart; the memory of deduplication ids does not, so a message
 * sent again after a restart arrives again, as it would in AWS after five minutes.
 */
export function startFauxqs(options: EmulatorOptions): Promise<EmulatorServer> {
  return startEmulator({
    name: 'SQS and S3 (fauxqs)',
    script: 'fauxqs.mts',
    args: (port) => [String(port), options.dataDir, LOCAL_REGION],
    corrupt: /malformed|not a database|disk image|ERR_SQLITE|SyntaxError|no such column/i,
    ...options,
  });
}
