/** What a form's element says of itself. */
interface Asked {
  validity?: ValidityState;
  validationMessage?: string;
}

/** Whether one of them is wrong by the form's own rules, and not merely by what the server said of it last. */
export function ownFault(elements: Iterable<object>, serversWords: readonly string[]): boolean {
  for (const element of elements as Iterable<Asked>) {
    const { validity, validationMessage = '' } = element;
    if (validity === undefined || validity.valid) continue;
    const byRule = validity.valueMissing || validity.typeMismatch || validity.patternMismatch || validity.tooLong || validity.tooShort ||
      validity.rangeUnderflow || validity.rangeOverflow || validity.stepMismatch || validity.badInput;
    // A rule of ours written in script is a custom error, too, with words of its own.
    if (byRule || !serversWords.includes(validationMessage)) return true;
  }
  return false;
}
