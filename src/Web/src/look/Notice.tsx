import type { ReactNode } from 'react';

export function Notice({ kind = 'info', title, children }: { kind?: 'info' | 'good' | 'warn' | 'bad'; title?: string; children?: ReactNode }) {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      {title ? <p className="notice-title">{title}</p> : null}
      {children}
    </div>
  );
}

/** An empty place that says what to do next. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 120 60" aria-hidden="true" className="empty-mark">
        <circle cx="45" cy="30" r="22" />
        <circle cx="75" cy="30" r="22" />
      </svg>
      <p className="empty-title">{title}</p>
      {children ? <div className="empty-text">{children}</div> : null}
      {action}
    </div>
  );
}
