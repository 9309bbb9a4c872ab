import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import { Link } from 'react-router';

export type Kind = 'primary' | 'quiet' | 'plain' | 'danger';

interface Props extends ButtonProps {
  kind?: Kind;
  /** While true the press is ignored and announced as pending; the button keeps its size. */
  busy?: boolean;
  large?: boolean;
}

export function Button({ kind = 'quiet', busy = false, large = false, className, ...rest }: Props) {
  return (
    <AriaButton {...rest} isPending={busy} className={`button ${kind} ${large ? 'large' : ''} ${typeof className === 'string' ? className : ''}`} />
  );
}

export function LinkButton({ to, kind = 'quiet', large = false, children }: { to: string; kind?: Kind; large?: boolean; children: ReactNode }) {
  return (
    <Link to={to} className={`button ${kind} ${large ? 'large' : ''}`}>
      {children}
    </Link>
  );
}
