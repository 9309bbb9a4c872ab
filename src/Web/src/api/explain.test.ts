import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import en from '../i18n/en.json';
import { explain, fieldErrors } from './explain';
import { Problem } from './problem';

const i18n = i18next.createInstance();
beforeAll(() => i18n.init({ lng: 'en', defaultNS: 'muse', resources: { en: { muse: en } }, interpolation: { escapeValue: false } }));

describe('an error in the reader’s language', () => {
  it('is our text for its code', () => {
    expect(explain(new Problem(409, { code: 'tutor_not_free', detail: 'x' }), i18n, i18n.t)).toBe(en.problem.tutor_not_free);
  });

  it('says how long to wait', () => {
    expect(explain(new Problem(429, {}, 7), i18n, i18n.t)).toContain('7 seconds');
    expect(explain(new Problem(409, { code: 'tried_just_now' }, 12), i18n, i18n.t)).toContain('12 seconds');
    expect(explain(new Problem(429, { code: 'too_many_preflights' }, 590), i18n, i18n.t)).toContain('10 min');
  });

  it('falls back to the server’s detail and then to a general sentence', () => {
    expect(explain(new Problem(409, { code: 'brand_new_code', detail: 'Told by the server.' }), i18n, i18n.t)).toBe('Told by the server.');
    expect(explain(new Problem(409, { code: 'brand_new_code' }), i18n, i18n.t)).toBe(en.problem.unexpected);
    expect(explain(new TypeError('bug'), i18n, i18n.t)).toBe(en.problem.unexpected);
  });

  it('stands at the field that is to blame', () => {
    const problem = new Problem(422, { code: 'invalid', errors: [
      { pointer: '/password', code: 'password_too_short', detail: 'short' },
      { pointer: '#/wishedHours/2/start', code: 'brand_new_code', detail: 'Told by the server.' },
    ] });
    expect(fieldErrors(problem, i18n, i18n.t)).toEqual({ password: en.problem.password_too_short, wishedHours: 'Told by the server.' });
  });
});
