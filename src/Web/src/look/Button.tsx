import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import { Link } from 'react-router';

export type Kind = 'primary' | 'quiet' | 'plain' | 'danger';

interface Props extends ButtonProps {
  kind?: Kind;
  /** While true presses are ignored; the button keeps its size and the focus, which a disabled one would lose. */
  busy?: boolean;
  large?: boolean;
}

export function Button({ kind = 'quiet', busy = false, large = false, className, onPress, type, ...rest }: Props) {
  return (
    <AriaButton {...rest} type={busy ? 'button' : (type ?? 'button')} {...(busy || !onPress ? {} : { onPress })}
      className={`button ${kind} ${large ? 'large' : ''} ${busy ? 'busy' : ''} ${typeof className === 'string' ? className : ''}`} />
  );
}

export function LinkButton({ to, kind = 'quiet', large = false, children }: { to: string; kind?: Kind; large?: boolean; children: ReactNode }) {
  return (
    <Link to={to} className={`button ${kind} ${large ? 'large' : ''}`}>
      {children}
    </Link>
  );
}
