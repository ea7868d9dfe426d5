import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the trading screen and puts it where the service's bundle has it. @returns the folder that holds `page/` */
export function builtScreen(folder: string): string {
  const page = join(folder, 'page');
  cpSync(join(__dirname, '..', 'page'), page, { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(__dirname, '..', '..', '..', 'scripts', 'bundle-web.mjs'), page], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the screen could not be built: ${stderr}`);
  return folder;
}
