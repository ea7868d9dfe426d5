/**
 * Templates for a snapshot: hashes of assets and of what follows from them, which change with every line of a service, become
 * constants, so that a snapshot shows changes of the infrastructure only.
 */
export function withoutHashes(template: unknown): unknown {
  return JSON.parse(JSON.stringify(template)
    .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1VERSION')
    .replace(/[0-9a-f]{64}/g, 'ASSET'));
}
