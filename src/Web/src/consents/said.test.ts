import { describe, expect, it } from 'vitest';
import { missingOf, saidBy } from './said';

const lesson = (...missing: ('tutor' | 'student')[]) => ({
  tutorId: 't', studentId: 's', tutorName: 'Kim Min-ji', studentName: 'Layla', recordingConsent: { everybody: missing.length === 0, missing },
});
type Reader = Parameters<typeof missingOf>[1];
const nobody: Reader = { tutorId: null, studentId: null, email: 'a@example.org', children: [] };
const child = { studentId: 's', personId: 'p', displayName: 'Layla', timeZone: 'Asia/Dubai', country: 'AE' };

describe('for whom of a lesson nobody has agreed', () => {
  it('is nobody when everybody has', () => {
    expect(missingOf(lesson(), nobody)).toEqual([]);
  });

  it('sends each to where they can agree, and only them', () => {
    const ways = (me: Partial<Reader>) => missingOf(lesson('tutor', 'student'), { ...nobody, ...me }).map(({ way }) => way);
    expect(ways({ tutorId: 't' })).toEqual(['/settings', null]);
    expect(ways({ studentId: 's' })).toEqual([null, '/settings']);
    expect(ways({ children: [child] })).toEqual([null, '/children']);
    expect(ways({ tutorId: 'another', studentId: 'another' })).toEqual([null, null]);
  });

  it('asks nothing of a child on a device of its own', () => {
    expect(missingOf(lesson('student'), { ...nobody, studentId: 's', email: null })).toEqual([{ name: 'Layla', way: null }]);
  });

  it('names them in the order of the answer', () => {
    expect(missingOf(lesson('tutor', 'student'), nobody).map(({ name }) => name)).toEqual(['Kim Min-ji', 'Layla']);
  });
});

describe('whose word it was', () => {
  it('is the reader\'s, another guardian\'s, or nobody\'s', () => {
    expect(saidBy({ by: { personId: 'me', displayName: 'Omar', voice: 'guardian' } }, { id: 'me' })).toBe('you');
    expect(saidBy({ by: { personId: 'her', displayName: 'Salma', voice: 'guardian' } }, { id: 'me' })).toBe('other');
    expect(saidBy({ by: null }, { id: 'me' })).toBeNull();
  });
});
