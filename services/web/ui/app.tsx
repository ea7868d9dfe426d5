import { useScreen } from './context';
import { Desk } from './desk';
import { SignIn } from './sign-in';

export function App() {
  return useScreen((state) => state.session !== undefined) ? <Desk /> : <SignIn />;
}
