import { useEffect, useMemo, useRef, type FormEvent, type ReactNode } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../api/explain';
import { ownFault } from './ownFault';

interface Props {
  className: string;
  /** Of the last attempt to send it. */
  error: unknown;
  onSubmit: () => void;
  children: ReactNode;
}

/**
 * A form whose fields show what the server said of them. react-aria sets that word as the field's validity, with which the browser would never
 * let the form go again: so while it stands, the browser is not asked (`noValidate`) and what else is wrong is looked for here.
 */
export function Form({ className, error, onSubmit, children }: Props) {
  const { t, i18n } = useTranslation();
  // A new object is a new answer to react-aria: made at every render, it would bring back the word that a corrected field has put away.
  const said = useMemo(() => fieldErrors(error, i18n, t), [error, i18n, t]);
  const words = Object.values(said);
  const form = useRef<HTMLFormElement>(null);
  const refused = words.length > 0;
  // The word of the server comes while the focus is on the button: without going to its field, who listens to the page would hear nothing of it.
  // Again the browser's events make react-aria go there; it has set the fields' validity by now.
  useEffect(() => {
    if (refused) form.current?.checkValidity();
  }, [error, refused]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // The browser's events of it make react-aria show the fault and go to the field.
    if (ownFault(event.currentTarget.elements, words)) event.currentTarget.checkValidity();
    else onSubmit();
  };
  // react-aria takes a word away at the browser's `change`, which comes when the field is left: with the press of "Save", say, whose button then
  // moves up by a line and out from under the pointer. So a field that has a word is looked at while it is typed in. (It does not bubble: for react-aria alone.)
  const typed = ({ target }: FormEvent) => {
    if (target instanceof Element && target.getAttribute('aria-invalid') === 'true') target.dispatchEvent(new Event('change'));
  };
  // react-aria's types do not know of these, its form hands them to the element all the same.
  const handed = { noValidate: refused, onInput: typed };
  return <AriaForm {...handed} ref={form} className={className} onSubmit={submit} validationErrors={said}>{children}</AriaForm>;
}
