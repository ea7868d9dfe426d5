/** Runs after the compiler: see `packaging/lazy-index`. */
import { join } from 'node:path';
import { root } from './lib/processes';
import { makeIndexLazy } from './packaging/lazy-index';

makeIndexLazy(join(root, 'src/index.ts'), join(root, 'lib'));
