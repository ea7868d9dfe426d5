import type { ReactNode } from 'react';
import { useScreen } from './context';
import { ageText, type Trust, trustOf } from '../core/freshness';

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M9 5v22M23 7v20M16 8v16" />
      <rect className="up" x="6" y="10" width="6" height="11" rx="1" />
      <rect className="down" x="20" y="12" width="6" height="9" rx="1" />
      <rect className="up" x="13" y="13" width="6" height="7" rx="1" />
    </svg>
  );
}

/** How old the price of a symbol is, by the server's clock, and whether it can be believed. */
export function usePriceTrust(symbol: string | undefined): { readonly trust: Trust; readonly ageMs?: number } {
  const link = useScreen((state) => state.link);
  const age = useScreen((state) => {
    const tick = symbol === undefined ? undefined : state.ticks[symbol];
    // In steps, so that what shows an age is not drawn for every millisecond.
    return tick && Math.max(0, Math.floor((state.now + state.offsetMs - tick.receivedTime) / 100) * 100);
  });
  return { trust: trustOf(link, age), ...(age === undefined ? {} : { ageMs: age }) };
}

/** Whether the book is kept up to date, and if not how old the last one is. */
export function useBookTrust(): { readonly trust: Trust; readonly ageMs?: number } {
  const live = useScreen((state) => state.book !== undefined && (state.link === 'live' || state.link === 'catching-up'));
  const age = useScreen((state) => {
    const book = state.book ?? state.lastBook;
    return book && Math.max(0, Math.floor((state.now + state.offsetMs - book.time) / 100) * 100);
  });
  return { trust: live ? 'live' : age === undefined ? 'unknown' : 'stale', ...(age === undefined ? {} : { ageMs: age }) };
}

/** Says that numbers are old, where they are. */
export function StaleBadge({ trust, ageMs, what }: { readonly trust: Trust; readonly ageMs?: number; readonly what: string }) {
  if (trust === 'live') return null;
  return <span className="badge stale-badge">{trust === 'unknown' ? `no ${what} yet` : `stale · ${ageText(ageMs ?? 0)} old`}</span>;
}

interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly trust?: Trust;
  readonly children: ReactNode;
  readonly className?: string;
}

export function Panel({ id, title, aside, trust, children, className = '' }: PanelProps) {
  return (
    <section className={`panel ${className}`} id={id} aria-labelledby={`${id}-title`} data-trust={trust}>
      <header><h2 id={`${id}-title`}>{title}</h2>{aside}</header>
      {children}
    </section>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

export const clockTime = (ms: number | undefined): string => (ms === undefined ? '–' : new Date(ms).toLocaleTimeString('en-GB'));
export const dateTime = (ms: number | undefined): string => (
  ms === undefined ? '–' : `${new Date(ms).toLocaleDateString('en-CA')} ${new Date(ms).toLocaleTimeString('en-GB')}`);
