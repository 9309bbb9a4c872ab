import { expect, test } from 'vitest';
import { ownFault } from './ownFault';

const taken = 'Somebody has this address already.';

function element(message: string, ...flags: (keyof ValidityState)[]): object {
  return { validationMessage: message, validity: { valid: flags.length === 0, ...Object.fromEntries(flags.map((flag) => [flag, true])) } };
}

test('A form of which only the server has said something may be sent again', () => {
  expect(ownFault([element(''), element(taken, 'customError'), {}], [taken])).toBe(false);
});

test('An empty field holds the form, be it another one or the one of which the server spoke', () => {
  expect(ownFault([element(taken, 'customError'), element('Fill this in.', 'valueMissing')], [taken])).toBe(true);
  expect(ownFault([element(taken, 'customError', 'valueMissing')], [taken])).toBe(true);
});

test('A rule of our own holds the form, whose words are not the server\'s', () => {
  expect(ownFault([element('Choose one.', 'customError')], [taken])).toBe(true);
});
