import { instance } from '@viz-js/viz';
import { FONT, overviewGraph, stackGraph } from './dot';
import { systemModel } from './model';

/** The drawings of a system, as SVG by file name. @param system class, for the heading */
export async function diagramsOf(folder: string, system: string): Promise<Map<string, string>> {
  const model = systemModel(folder);
  // Graphviz, compiled to WebAssembly: the same picture on every machine.
  const graphviz = await instance();
  const drawings = new Map<string, string>();
  const draw = (name: string, graph: string): void => void drawings.set(`${name}.svg`, plain(graphviz.renderString(graph, { format: 'svg', engine: 'dot' })));
  draw('overview', overviewGraph(model, system));
  for (const { stack, path } of model.stacks) draw(fileName(path), stackGraph(model, stack));
  return drawings;
}

/** `System/Primary/Data` as `primary-data`. */
export function fileName(path: string): string {
  const parts = path.split('/');
  return (parts.length > 1 ? parts.slice(1) : parts).join('-').replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase();
}

/** Without the heading that names the program's version, and in the first font of its width that a machine has. */
function plain(svg: string): string {
  return `${svg.slice(svg.indexOf('<svg')).replace(/font-family="[^"]*"/g, `font-family="${FONT},Arial,Liberation Sans,sans-serif"`).trim()}\n`;
}
