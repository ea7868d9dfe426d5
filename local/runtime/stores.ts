import type { Context } from '../providers/provider';
import type { EmulatorServer } from '../servers/emulator';
import { LocalError } from '../servers/errors';
import { startFauxqs } from '../servers/fauxqs';
import { type ChildHandle, describeExit } from '../servers/process';

/** Account keys for clients of the stand-ins: they want some, and look at none. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Stops a store with the platform, and ends the platform when the store ends by itself: its data may be incomplete. */
export function superviseStore(context: Context, name: string, server: { readonly child: ChildHandle; stop(): Promise<void> }): void {
  let stopping = false;
  context.servers.push({ name, pid: server.child.pid });
  context.onStop('stores', name, () => {
    stopping = true;
    return server.stop();
  });
  void server.child.exited.then((exit) => {
    if (stopping) return;
    context.fail(new LocalError(`${name} ended by itself (${describeExit(exit)}); its last lines:\n${server.child.lastLines(5) || 'none'}`));
  });
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
