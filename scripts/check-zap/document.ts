/** An OpenAPI document, as far as it is changed. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>;
  readonly servers?: unknown;
}

/** Signing out would end the scan's own token, and guesses at passwords lock the address out; operators' routes stop the trade of others. */
const LEFT_OUT = new Set(['session', 'operators']);

/** The document that is scanned: at this address, without what a scan must not try. */
export function documentFor(document: OpenApi, url: string): OpenApi {
  const paths = Object.entries(document.paths).flatMap(([path, methods]) => {
    const kept = Object.entries(methods).filter(([, { tags = [] }]) => !tags.some((tag) => LEFT_OUT.has(tag)));
    return kept.length === 0 ? [] : [[path, Object.fromEntries(kept)] as const];
  });
  return { ...document, servers: [{ url }], paths: Object.fromEntries(paths) };
}
