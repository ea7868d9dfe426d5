/** The app that a process synthesises. `ours` is the largest of the five systems; `bare` is built after a plan. */
export interface SynthJob {
  readonly app: 'ours' | 'bare';
  /** Folder that the assembly is written to. */
  readonly outdir: string;
  /** File of the plan; only for `bare`. */
  readonly plan?: string;
  /** Feature flags, those of the project for both. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** What a process answers. */
export interface SynthAnswer {
  /** Of the whole process, from its start: loading, building and synthesis. */
  readonly userSeconds: number;
}
