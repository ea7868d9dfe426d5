/** A bar on a terminal; nothing anywhere else, where the log says the same. */
export function progressBar(stream: NodeJS.WriteStream): (done: number, of: number, text: string) => void {
  if (!stream.isTTY) return () => undefined;
  const started = Date.now();
  return (done, of, text) => {
    const width = 30;
    const filled = Math.round(width * done / of);
    const leftSeconds = Math.round((Date.now() - started) / done * (of - done) / 1_000);
    stream.write(`\r\u001b[K[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done}/${of} ${text}, ${leftSeconds} s left${done === of ? '\n' : ''}`);
  };
}
