import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface TreeNode {
  readonly path: string;
  readonly children?: Readonly<Record<string, TreeNode>>;
}

/** Path of each stack in the tree of constructs, by its id in the assembly. */
export function stackPaths(folder: string): Map<string, string> {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
  const { tree } = read<{ tree: TreeNode }>('tree.json');
  const { artifacts } = read<{ artifacts: Record<string, { displayName?: string }> }>('manifest.json');
  const known = new Set<string>();
  const visit = (node: TreeNode): void => {
    known.add(node.path);
    for (const child of Object.values(node.children ?? {})) visit(child);
  };
  visit(tree);
  // The display name is the path, with the name of the stack behind it where that differs.
  return new Map(Object.entries(artifacts).flatMap(([id, { displayName }]) => {
    const path = displayName?.replace(/ \(.*\)$/, '');
    return path !== undefined && known.has(path) ? [[id, path] as const] : [];
  }));
}
