import { describe, expect, it } from 'vitest';
import { minutesPerWeek, weekOf } from '../availability/week';
import { usualHours, usualLanguages } from './usual';

describe('what a search proposes', () => {
  it('is every day, for a child after school only', () => {
    expect(usualHours(false).map(({ day, start, end }) => `${day} ${start}-${end}`)).toEqual([1, 2, 3, 4, 5, 6, 7].map((day) => `${day} 09:00-20:00`));
    expect(new Set(usualHours(true).map(({ start, end }) => `${start}-${end}`))).toEqual(new Set(['15:00-20:00']));
    expect(minutesPerWeek(weekOf(usualHours(true)))).toBe(7 * 5 * 60);
  });

  it.each([
    ['ar-AE', ['ar', 'en']],
    ['ko', ['ko', 'en']],
    ['en-GB', ['en']],
  ])('is in the language of %s and in English', (locale, languages) => {
    expect(usualLanguages(locale)).toEqual(languages);
  });
});
