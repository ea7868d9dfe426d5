/**
 * Files that import each other in a circle, over the whole project at once. ESLint's rule for it walks the graph again from every file and took
 * half of the time of linting; esbuild, which bundles the services anyway, reads the graph in a second. Imports of types alone do not count: nothing
 * is loaded for them.
 */
import { build } from 'esbuild';

/** @param files relative to the folder @returns each circle as a path that ends where it begins */
export async function importCycles(folder: string, files: readonly string[]): Promise<string[][]> {
  const { metafile } = await build({
    absWorkingDir: folder,
    stdin: { contents: files.map((file) => `import ${JSON.stringify(`./${file}`)};`).join('\n'), resolveDir: folder },
    bundle: true, write: false, metafile: true,
    packages: 'external', platform: 'node', format: 'esm',
    outdir: 'never-written', treeShaking: false, logLevel: 'silent',
    loader: { '.html': 'empty', '.css': 'empty', '.svg': 'empty', '.sql': 'empty', '.png': 'empty' },
  });
  const importsOf = (file: string): string[] => (
    metafile.inputs[file]?.imports ?? []).filter(({ external }) => external !== true).map((one) => one.path);
  const done = new Set<string>();
  const found: string[][] = [];
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) return void found.push([...path.slice(at), file]);
    if (done.has(file)) return;
    path.push(file);
    for (const next of importsOf(file)) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of Object.keys(metafile.inputs).sort()) visit(file);
  return found;
}
