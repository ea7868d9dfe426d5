// Who is signed in, and requests in their name. The token lives as long as the tab.

const KEY = 'session';

export function session() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
}

export function isExpired() {
  return (session()?.expiresAt ?? 0) <= Date.now();
}

export async function signIn(username, password) {
  const { accessToken, expiresIn } = await api('POST', '/v1/sessions', { username, password });
  sessionStorage.setItem(KEY, JSON.stringify({ username, token: accessToken, expiresAt: Date.now() + expiresIn * 1000 }));
}

export function signOut() {
  sessionStorage.removeItem(KEY);
}

/** Sends a request; fails with the message of the answer. */
export async function api(method, path, body) {
  const headers = { ...session() && { authorization: `Bearer ${session().token}` }, ...body && { 'content-type': 'application/json' } };
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `The server answered ${response.status}.`);
  return answer;
}
