/** Whom a check signs in as, in an environment: tokens, or users with their passwords, as tokens end after an hour. */

/** `name:password`, one a line; a password may contain anything else. @throws Error for a line without a name or a password */
export function usersOf(text: string): { readonly username: string; readonly password: string }[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '').map((line, i) => {
    const at = line.indexOf(':');
    // Not a word of the line itself, which may be a password.
    if (at < 1 || at === line.length - 1) throw new Error(`user ${i + 1} must be written as name:password`);
    return { username: line.slice(0, at), password: line.slice(at + 1) };
  });
}

/** Signs users in at the API. @throws Error that names the user who could not */
export async function signIn(url: string, users: string): Promise<string[]> {
  const tokens: string[] = [];
  // One after the other: an address may guess thirty passwords a minute.
  for (const { username, password } of usersOf(users)) {
    const answer = await fetch(`${url}/v1/sessions`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password }),
      signal: AbortSignal.timeout(10_000), redirect: 'error',
    });
    const { accessToken, code } = await answer.json() as { accessToken?: string; code?: string };
    if (accessToken === undefined) throw new Error(`${username} could not sign in at ${url}: ${answer.status} ${code ?? ''}`);
    tokens.push(accessToken);
  }
  return tokens;
}

/** Tokens of the environment: those of API_TOKENS or API_TOKEN, or those that API_USERS get at the API. */
export async function tokensOf(url: string, { API_TOKENS, API_TOKEN, API_USERS }: NodeJS.ProcessEnv): Promise<string[]> {
  const given = (API_TOKENS ?? API_TOKEN ?? '').split(',').map((token) => token.trim()).filter((token) => token !== '');
  return given.length > 0 || API_USERS === undefined ? given : signIn(url, API_USERS);
}
