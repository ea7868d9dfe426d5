import { useEffect, useRef } from 'react';

type Keys = Readonly<Record<string, () => void>>;

const typesInto = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));

/** Single keys, wherever nobody types and no dialog is open. Escape leaves a field. */
export function useShortcuts(keys: Keys): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (typesInto(event.target)) {
        if (event.key === 'Escape') (event.target as HTMLElement).blur();
        return;
      }
      const act = now.current[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

const LIST: readonly (readonly [string, string])[] = [
  ['B / S', 'Buy or sell, and go to the quantity'],
  ['L / M', 'Limit or market order'],
  ['P', 'Best price of your side into the ticket'],
  ['↑ / ↓', 'In a field: one step up or down, with Shift ten'],
  ['Enter', 'In the ticket: send the order'],
  ['Esc', 'Leave the field'],
  ['J / K', 'Next or previous instrument'],
  ['1 – 6', 'Open orders, fills, history, portfolio, journal, backtest'],
  ['?', 'This list'],
];

export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  return (
    <dialog
      ref={(element) => {
        if (element && !element.open) element.showModal();
      }}
      aria-labelledby="keys-title"
      onClose={onClose}
    >
      <h2 id="keys-title">Keys</h2>
      <dl className="keys">
        {LIST.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button className="primary">Close</button>
      </form>
    </dialog>
  );
}
