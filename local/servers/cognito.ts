import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmulatorOptions, type EmulatorServer, startEmulator } from './emulator';
import { DataFolderError } from './errors';
import { freePort } from './ports';
import type { TlsFiles } from './tls';

/** What the user directory is started with. */
export interface CognitoOptions extends EmulatorOptions {
  readonly tls: TlsFiles;
}

/**
 * Cognito user pools over TLS: tokens name `https://localhost:<port>/<poolId>` as their issuer, and its key set is found below
 * it. Pools, clients and users outlive a restart. Its signing key is public knowledge: never trust it off this machine.
 */
export async function startCognito(options: CognitoOptions): Promise<EmulatorServer> {
  const { dataDir, tls } = options;
  const port = options.port ?? await freePort();
  const home = join(dataDir, '.cognito');
  mkdirSync(join(home, 'db'), { recursive: true, mode: 0o700 });
  checkDatabase(join(home, 'db'));
  writeFileSync(join(home, 'config.json'), JSON.stringify({
    TokenConfig: { IssuerDomain: `https://localhost:${port}` },
    ServerConfig: { hostname: '127.0.0.1', port, https: true, ca: tls.caFile, cert: tls.certFile, key: tls.keyFile },
    UserPoolDefaults: { UsernameAttributes: [] },
  }, null, 2));
  return startEmulator({
    name: 'Cognito (cognito-local)',
    script: 'cognito.mts',
    args: () => [],
    cwd: dataDir,
    dataDir,
    port,
    ca: readFileSync(tls.caFile, 'utf8'),
    corrupt: /JSON|SyntaxError|Deserialize/i,
  });
}

/** The emulator reads a file when it is first asked for: a damaged one would show as a failed sign-in, long after the start. */
function checkDatabase(db: string): void {
  for (const file of readdirSync(db).filter((name) => name.endsWith('.json'))) {
    try {
      JSON.parse(readFileSync(join(db, file), 'utf8'));
    } catch {
      throw new DataFolderError('Cognito', join(db, file), 'it is not JSON');
    }
  }
}
