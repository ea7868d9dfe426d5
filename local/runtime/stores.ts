import { Store } from './store';
import type { Context } from '../providers/provider';
import type { EmulatorServer } from '../servers/emulator';
import { startFauxqs } from '../servers/fauxqs';
import type { ChildHandle } from '../servers/process';

/** Account keys for clients of the stand-ins: they want some, and look at none. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A server that keeps data. */
export interface StoreServer {
  readonly child: ChildHandle;
  stop(): Promise<void>;
}

/**
 * Stops a store with the platform, and ends the platform when the store ends by itself: its data may be incomplete.
 *
 * @param again starts the server once more, on the same port with the same data; without it the store cannot be killed on purpose
 */
export function superviseStore(context: Context, name: string, server: StoreServer, again?: () => Promise<StoreServer>): void {
  const store = new Store(name, server, (error) => context.fail(error), again);
  context.servers.push(store);
  context.onStop('stores', name, () => store.stop());
}

/** Makes something once per platform, at first use. */
export function once<T>(make: (context: Context) => Promise<T>): (context: Context) => Promise<T> {
  const made = new WeakMap<Context, Promise<T>>();
  return (context) => {
    let one = made.get(context);
    if (!one) {
      one = make(context);
      made.set(context, one);
      // Who asks for it gets the error; nobody may be asking any more.
      one.catch(() => undefined);
    }
    return one;
  };
}

/** The server that stands for both SQS and S3. */
export const queuesAndBuckets = once<EmulatorServer>(async (context) => {
  const server = await startFauxqs({ dataDir: context.data.store('fauxqs'), port: await context.ports.portFor('fauxqs') });
  superviseStore(context, 'SQS and S3', server);
  return server;
});
