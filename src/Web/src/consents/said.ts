import type { Consent, Lesson, Me } from '../api/types';

/** Whose word it was, as the reader would put it. */
export function saidBy(consent: Pick<Consent, 'by'>, me: Pick<Me, 'id'>): 'you' | 'other' | null {
  if (!consent.by) return null;
  return consent.by.personId === me.id ? 'you' : 'other';
}

export interface Missing {
  /** Who can do something about it: oneself in the settings, a guardian on the children's page, or only somebody else. */
  way: '/settings' | '/children' | null;
  name: string;
}

/** For whom of a lesson nobody has agreed, and where the reader can agree; empty when everybody has. */
export function missingOf(lesson: Pick<Lesson, 'tutorId' | 'studentId' | 'tutorName' | 'studentName' | 'recordingConsent'>, me: Pick<Me, 'tutorId' | 'studentId' | 'email' | 'children'>): Missing[] {
  return lesson.recordingConsent.missing.map((part) => {
    const name = part === 'tutor' ? lesson.tutorName : lesson.studentName;
    if (part === 'tutor') return { name, way: me.tutorId === lesson.tutorId ? '/settings' : null };
    if (me.children.some((child) => child.studentId === lesson.studentId)) return { name, way: '/children' };
    // A child on a device of their own has no mail address, and decides nothing here.
    return { name, way: me.studentId === lesson.studentId && me.email ? '/settings' : null };
  });
}
