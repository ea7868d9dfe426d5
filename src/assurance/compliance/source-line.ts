import { relative, sep } from 'node:path';
import type { IConstruct } from 'constructs';

/** A line of the program that defined a construct. */
export interface SourceLine {
  /** Path from the current folder, with slashes. */
  readonly file: string;
  readonly line: number;
}

/** A frame of a stack as the CDK keeps it: `name (file:line:column)`, or without a name. */
const FRAME = /\(?(?:file:\/\/)?((?:[A-Za-z]:)?[^():]+\.[cm]?[jt]s):(\d+):\d+\)?$/;

/** The innermost line of the user's program that led to a construct; undefined when the CDK kept no stack. */
export function sourceLine(construct: IConstruct): SourceLine | undefined {
  const trace = construct.node.metadata.filter(({ type }) => type === 'aws:cdk:creationStack').flatMap(({ data }) => data as string | string[]);
  for (const frame of trace) {
    const [, file, line] = FRAME.exec(frame.trim()) ?? [];
    if (file === undefined || /[\\/]node_modules[\\/]/.test(file)) continue;
    const path = relative(process.cwd(), file);
    if (!path.startsWith('..')) return { file: path.split(sep).join('/'), line: Number(line) };
  }
  return undefined;
}
