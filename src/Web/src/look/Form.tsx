import { useMemo, useState, type FormEvent, type MouseEvent, type ReactNode } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../api/explain';

interface Props {
  className: string;
  /** Of the last attempt to send it. */
  error: unknown;
  onSubmit: () => void;
  children: ReactNode;
}

/**
 * A form whose fields show what the server said of them. While such a word stands at a field the browser does not let the form go: so a
 * corrected field loses its word, and the press that sends the form again takes away those that are left.
 */
export function Form({ className, error, onSubmit, children }: Props) {
  const { t, i18n } = useTranslation();
  const [answered, setAnswered] = useState<unknown>(null);
  // A new object is a new answer to react-aria: made at every render it would bring back what a field has just put away.
  const wrong = useMemo(() => (error === answered ? {} : fieldErrors(error, i18n, t)), [error, answered, i18n, t]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  // Enter in a field clicks the button, too (HTML, implicit submission). The browser looks at the fields as soon as the click is over.
  const press = (event: MouseEvent) => {
    if (error && event.target instanceof Element && event.target.closest('[type="submit"]')) flushSync(() => setAnswered(error));
  };
  return <AriaForm className={className} onSubmit={submit} onClickCapture={press} validationErrors={wrong}>{children}</AriaForm>;
}
