import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../servers/environment';
import { LocalError } from '../servers/errors';

/** A system that can be run here: an app in `examples/`, by the class that it deploys. */
export interface RunnableSystem {
  /** Class, such as `RealtimeSimulator`. */
  readonly name: string;
  /** File of the app, from the project's folder. */
  readonly app: string;
  /** Folder of its cloud assembly. */
  readonly assembly: string;
  /** Folder that keeps its data between runs. */
  readonly data: string;
}

/** What runs when nobody chooses. */
export const DEFAULT_SYSTEM = 'RealtimeSimulator';

/** @throws LocalError that lists the systems when there is none of that name */
export function systemByName(name: string, root: string = PROJECT_ROOT): RunnableSystem {
  const kebab = kebabOf(name);
  const app = join('examples', `${kebab}.ts`);
  if (!/^[A-Za-z]+$/.test(name) || !existsSync(join(root, app))) {
    const known = readdirSync(join(root, 'examples')).filter((file) => /^[a-z-]+\.ts$/.test(file)).map((file) => classOf(file.slice(0, -3)));
    throw new LocalError(`--system must be one of ${known.join(', ')}, got: ${name}`);
  }
  // The one that runs by default has the folders that everybody expects.
  const suffix = name === DEFAULT_SYSTEM ? '' : `.${kebab}`;
  return { name, app, assembly: join(root, `cdk.out${suffix}`), data: join(root, `.local${suffix}`) };
}

function kebabOf(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}

function classOf(kebab: string): string {
  return kebab.split('-').map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}
