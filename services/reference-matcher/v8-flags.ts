/**
 * Flags of the engine's process. V8 stops inlining at a budget that suits small functions called from everywhere; the step of a command
 * is many small functions called from one place. The service sets them itself before the core is loaded, so that they hold wherever it runs.
 */
export const V8_FLAGS = ['--max-inlined-bytecode-size=3000', '--max-inlined-bytecode-size-cumulative=6000'] as const;
