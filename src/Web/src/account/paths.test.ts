import { describe, expect, it } from 'vitest';
import type { Me } from '../api/types';
import { pagesOf } from '../shell/pages';
import { learnersOf, sideOf } from './me';
import { ownPath } from './ownPath';

const me = (part: Partial<Me>): Me => ({ id: 'p', displayName: 'P', roles: [], country: 'KR', timeZone: 'Asia/Seoul', locale: 'ko', children: [], ...part });

describe('after signing in', () => {
  it.each([
    ['/lessons?x=1', '/lessons?x=1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    [null, '/'],
  ])('%s leads to %s', (next, path) => {
    expect(ownPath(next)).toBe(path);
  });
});

describe('a person', () => {
  it('sees the pages of all their roles', () => {
    expect(pagesOf(me({ roles: ['tutor'] })).map((page) => page.key)).toEqual(['home', 'lessons', 'availability', 'profile']);
    expect(pagesOf(me({ roles: ['guardian', 'admin'] })).map((page) => page.key)).toEqual(['home', 'lessons', 'mentors', 'children', 'integrate', 'administration']);
  });

  it('books for themselves and for their children', () => {
    const child = { studentId: 'c', personId: 'p', displayName: 'C', timeZone: 'Asia/Dubai', country: 'AE' };
    expect(learnersOf(me({ studentId: 's', children: [child] })).map((learner) => learner.studentId)).toEqual(['s', 'c']);
    expect(learnersOf(me({ tutorId: 't' }))).toEqual([]);
  });

  it('is a child when a guardian booked for them or when they have no mail address', () => {
    const child = { studentId: 'c', personId: 'p', displayName: 'C', timeZone: 'Asia/Dubai', country: 'AE' };
    expect(learnersOf(me({ studentId: 's', email: 's@example.com', children: [child] })).map((learner) => learner.child)).toEqual([false, true]);
    expect(learnersOf(me({ studentId: 'c' })).map((learner) => learner.child)).toEqual([true]);
  });

  it('stands on the tutor’s side of their own lessons only', () => {
    expect(sideOf(me({ tutorId: 't' }), { tutorId: 't' })).toBe('tutor');
    expect(sideOf(me({ tutorId: 't', studentId: 's' }), { tutorId: 'other' })).toBe('student');
  });
});
