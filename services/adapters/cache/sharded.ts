import { Cluster } from 'ioredis';

type Reply = [error: Error | null, result: unknown];

/**
 * A cache whose keys are spread over shards, for services that were written for one without. A pipeline becomes single commands, which the client
 * sends to the node of each key; those of one key keep their order, those of different keys need not, and none is lost for another's fault.
 * `mget` asks each shard for its keys.
 */
export class ShardedCache extends Cluster {
  public override pipeline(): ReturnType<Cluster['pipeline']> {
    const commands: { readonly name: string; readonly args: readonly unknown[] }[] = [];
    const exec = (): Promise<Reply[]> => Promise.all(commands.map(({ name, args }): Promise<Reply> => (
      this.run(name, args).then((result): Reply => [null, result], (error: Error): Reply => [error, null]))));
    const collector: object = new Proxy({}, {
      get: (_, name: string) => {
        if (name === 'exec') return exec;
        if (name === 'length') return commands.length;
        // Awaiting the collector by mistake must not look like a command.
        if (name === 'then') return undefined;
        return (...args: unknown[]) => {
          commands.push({ name, args });
          return collector;
        };
      },
    });
    return collector as ReturnType<Cluster['pipeline']>;
  }

  public override mget(...keys: unknown[]): Promise<(string | null)[]> {
    const names = keys.flat().filter((key): key is string => typeof key === 'string');
    return Promise.all(names.map((key) => this.get(key)));
  }

  private run(name: string, args: readonly unknown[]): Promise<unknown> {
    const command = (this as unknown as Record<string, (...rest: unknown[]) => Promise<unknown>>)[name];
    return command.apply(this, [...args]);
  }
}
