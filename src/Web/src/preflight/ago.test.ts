import { expect, test } from 'vitest';
import { ago } from './ago';
import ar from './i18n/ar.json';
import en from './i18n/en.json';
import ko from './i18n/ko.json';

const now = Date.parse('2026-12-01T12:00:00Z');
const before = (seconds: number) => ago(new Date(now - seconds * 1_000).toISOString(), now, 'en');

test('Under a minute, and with a clock that is behind, there is no number to say but a sentence of its own', () => {
  for (const seconds of [-90, 0, 29, 59]) expect(before(seconds)).toBeUndefined();
  expect([en.testedNow, ko.testedNow, ar.testedNow]).toEqual(['Tested just now.', '방금 테스트했습니다.', 'اختُبر للتو.']);
});

test('From a minute on the language says how long ago it was', () => {
  expect([60, 119, 3_599, 3_600, 86_400, 4 * 86_400].map(before)).toEqual(['1 minute ago', '1 minute ago', '59 minutes ago', '1 hour ago', 'yesterday', '4 days ago']);
});
