import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { SealBrokenError, type SecretBox } from '../secret-box';

/** Seconds that somebody has for signing in on the other pages. */
export const FLOW_SECONDS = 600;

const flowSchema = z.strictObject({
  state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string(), remember: z.boolean(),
  /** Milliseconds since 1970. */
  until: z.number(),
});

/** A sign-in that has begun, as the browser keeps it: nobody but us can read or make one. */
export type Flow = z.output<typeof flowSchema>;

/** What a flow's cookie is sealed for: API keys are sealed with the same masters. */
const CONTEXT = 'sign-in flow';
const random = (): string => randomBytes(32).toString('base64url');

export function newFlow(returnTo: string, remember: boolean, now = Date.now()): Flow {
  return { state: random(), nonce: random(), verifier: random(), returnTo, remember, until: now + FLOW_SECONDS * 1_000 };
}

export function sealFlow(box: SecretBox, flow: Flow): string {
  return box.seal(JSON.stringify(flow), CONTEXT).toString('base64url');
}

/** @returns undefined for a cookie that is not ours, was changed, or is too old */
export function openFlow(box: SecretBox, cookie: string | undefined, now = Date.now()): Flow | undefined {
  if (cookie === undefined || cookie.length > 4_000) return undefined;
  try {
    const flow = flowSchema.parse(JSON.parse(box.open(Buffer.from(cookie, 'base64url'), CONTEXT)));
    return flow.until > now ? flow : undefined;
  } catch (error) {
    if (error instanceof SealBrokenError || error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether an answer belongs to this flow; tells nothing by how long it takes. */
export function isStateOf(flow: Flow, state: string | undefined): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return state !== undefined && timingSafeEqual(digest(flow.state), digest(state));
}

/** A path of this site that a browser may be sent to: nothing that it could read as another site's address. */
export function isOwnPath(path: string): boolean {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) || path.length > 512) return false;
  try {
    const url = new URL(path, 'https://own.invalid');
    return url.origin === 'https://own.invalid' && url.username === '' && !url.pathname.startsWith('//');
  } catch {
    return false;
  }
}
