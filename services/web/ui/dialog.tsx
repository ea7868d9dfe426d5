import { type ReactNode, useRef } from 'react';

/** A dialog that is open as long as it is there; Escape and the browser close it as its own button does. */
export function Dialog({ title, onClose, children }: {
  readonly title: string; readonly onClose: () => void; readonly children: ReactNode | ((close: () => void) => ReactNode);
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = `dialog-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return (
    <dialog
      ref={(element) => {
        dialog.current = element;
        if (element && !element.open) element.showModal();
      }}
      aria-labelledby={id}
      onClose={onClose}
    >
      <h2 id={id}>{title}</h2>
      {typeof children === 'function' ? children(() => dialog.current?.close()) : children}
    </dialog>
  );
}
