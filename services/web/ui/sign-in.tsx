import { type FormEvent, useState } from 'react';
import { useScreen, useVenue } from './context';
import { Mark } from './parts';

export function SignIn() {
  const venue = useVenue();
  const note = useScreen((state) => state.signInNote);
  const options = useScreen((state) => state.signIn);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await venue.signIn(String(form.get('username')), String(form.get('password')), form.get('remember') !== null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form className="card" onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <Mark />
        <h1 id="sign-in-title">Sign in to trade</h1>
        {note !== undefined && <p className="hint" role="status">{note}</p>}
        <label>User name<input name="username" autoComplete="username" required maxLength={128} autoFocus /></label>
        <label>Password<input name="password" type="password" autoComplete="current-password" required maxLength={256} /></label>
        {options?.remember === true && <label className="check"><input type="checkbox" name="remember" />Stay signed in on this device</label>}
        <button className="primary" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
        {options?.federated.map(({ provider, url }) => (
          <a key={provider} className="button" href={`${url}${url.includes('?') ? '&' : '?'}remember=true`} onClick={() => venue.leaveForSignIn()}>
            Sign in with {provider}
          </a>
        ))}
        <p className="problem" role="alert">{problem}</p>
        <p className="hint"><a href="/v1/docs">API documentation</a></p>
      </form>
    </main>
  );
}
