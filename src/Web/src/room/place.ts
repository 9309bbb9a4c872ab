import type { Lesson } from '../api/types';
import type { RefusalCode } from './refusal';
import { openRoom, type OpenedRoom } from './media/joining';

/** Where a room is and how one comes in: the same page is for the people of the lesson and for guests, who know less of it. */
export interface RoomPlace {
  /** Asks the server for a way in, each time anew. */
  open: () => Promise<OpenedRoom>;
  tutorName: string;
  /** Who is expected, for the head of the green room. */
  names: string[];
  /** Null: it is open. */
  opensAt: string | null;
  /** Why nobody can come in, as far as it is known beforehand. */
  closed: RefusalCode | null;
  /** Null: a guest, who has no page of the lesson to go back to. */
  lesson: Lesson | null;
}

export function placeOf(lesson: Lesson): RoomPlace {
  const off = lesson.state === 'ended' ? 'lesson_over' : lesson.state === 'cancelled' ? 'lesson_cancelled' : null;
  const noMeeting = lesson.meeting.state === 'ready' ? null : meetingRefusal[lesson.meeting.state];
  return {
    open: () => openRoom(lesson.id),
    tutorName: lesson.tutorName,
    names: [lesson.tutorName, lesson.studentName],
    opensAt: lesson.joinOpensAt,
    closed: off ?? noMeeting,
    lesson,
  };
}

const meetingRefusal = {
  later: null,
  arranging: null,
  failed: 'meeting_failed',
  no_provider_allowed: 'no_provider_allowed',
  withdrawn: 'meeting_withdrawn',
} as const;
