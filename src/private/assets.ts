import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of the package: the first one above this file that has a package.json, from `src/…` as well as from `lib/…`. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}

/**
 * Folder of a service's bundle: `main.js`, for containers the Dockerfile, and whatever the manifest includes.
 *
 * @throws Error when the bundle is missing, as in a clone whose dependencies were installed with --ignore-scripts
 */
export function assetDirectory(serviceName: string, root = packageRoot()): string {
  const folder = join(root, 'assets', serviceName);
  if (!existsSync(join(folder, 'main.js'))) {
    throw new Error(`the bundle of the service '${serviceName}' is missing: ${join(folder, 'main.js')} does not exist; run \`npm run prepare\` in ${root}`);
  }
  return folder;
}
