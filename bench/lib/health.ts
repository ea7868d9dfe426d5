import { get } from 'node:http';

/** What a service says of itself. */
export interface ServiceHealth {
  readonly status: string;
  readonly checks: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A service's own report, from its own port; undefined while it does not answer. */
export function health(port: number): Promise<ServiceHealth | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health', agent: false, timeout: 2_000 }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => { text += data.toString(); }).once('end', () => {
        try {
          resolve(JSON.parse(text) as ServiceHealth);
        } catch {
          resolve(undefined);
        }
      });
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}
