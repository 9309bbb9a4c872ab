import { randomBytes } from 'node:crypto';

export interface Lesson {
  id: string;
  start: string;
  end: string;
  tutorLocal: string;
  studentLocal: string;
  tutorTimeZone: string;
  studentTimeZone: string;
  state: string;
  link: string;
  joinOpensAt: string;
  meeting: { provider?: string | null; state: string };
}

export interface TimelineItem {
  at: string;
  type: string;
  who?: string | null;
  role?: string | null;
  tutorLocal: string;
  studentLocal: string;
}

export interface Registered {
  id: string;
  tutorId?: string;
  studentId?: string;
  guardianId?: string;
}

export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, body: string) {
    super(`${status} ${code}: ${body}`);
    this.status = status;
    this.code = code;
  }
}

/** The HTTP API as an integrator calls it, signed in as one person. */
export class Api {
  readonly origin: string;
  private token: string | undefined;

  constructor(origin: string) {
    this.origin = origin;
  }

  async signIn(email: string, password: string): Promise<this> {
    this.token = (await this.call<{ accessToken: string }>('POST', '/v1/tokens', { email, password })).accessToken;
    return this;
  }

  async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`${this.origin}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) {
      let code = '';
      try {
        code = (JSON.parse(text) as { code?: string }).code ?? '';
      } catch {
        // Not one of ours.
      }
      throw new Refused(answer.status, code, text);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  lesson(id: string): Promise<Lesson> {
    return this.call('GET', `/v1/lessons/${id}`);
  }

  async timeline(id: string): Promise<TimelineItem[]> {
    return (await this.call<{ items: TimelineItem[] }>('GET', `/v1/lessons/${id}/timeline`)).items;
  }

  /** Waits until the lesson is as wanted: errands and attendance are written a moment later. */
  async until(id: string, what: string, holds: (lesson: Lesson, timeline: TimelineItem[]) => boolean, withinMs = 30_000): Promise<Lesson> {
    const until = Date.now() + withinMs;
    for (;;) {
      const [lesson, timeline] = [await this.lesson(id), await this.timeline(id)];
      if (holds(lesson, timeline)) return lesson;
      if (Date.now() > until)
        throw new Error(`${what} did not come within ${withinMs / 1000} s: ${JSON.stringify({ lesson, timeline: timeline.map((item) => item.type) })}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

export function madeUpPassword(): string {
  return `${randomBytes(12).toString('base64url')}-aA1`;
}

let people = 0;

/** An account made through the API, for people whose sign-up is not what a test is about. */
export async function register(
  origin: string,
  person: { name: string; role: 'tutor' | 'student' | 'guardian'; country: string; timeZone: string; birthDate?: string },
): Promise<{ api: Api; ids: Registered; email: string; password: string }> {
  const email = `person-${process.pid}-${++people}@example.com`;
  const password = madeUpPassword();
  const api = new Api(origin);
  const ids = await api.call<Registered>('POST', '/v1/accounts', {
    email,
    password,
    displayName: person.name,
    roles: [person.role],
    country: person.country,
    timeZone: person.timeZone,
    locale: 'en',
    ...(person.birthDate ? { birthDate: person.birthDate } : {}),
  });
  return { api: await api.signIn(email, password), ids, email, password };
}

/** Around the clock, at once, a lesson every five minutes. */
export const allHours = {
  timeZone: 'Asia/Seoul',
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, start: '00:00', end: '24:00' })),
  overrides: [],
  travel: [],
  durationsMinutes: [45],
  stepMinutes: 5,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  minimumNoticeMinutes: 0,
  horizonDays: 28,
};

/** A tutor of violin who can be booked around the clock, five minutes from now on. */
export async function registerTutor(origin: string, name: string) {
  const tutor = await register(origin, { name, role: 'tutor', country: 'KR', timeZone: 'Asia/Seoul' });
  const path = `/v1/tutors/${tutor.ids.tutorId}`;
  await tutor.api.call(
    'PUT',
    `${path}/profile`,
    { instruments: ['violin'], languages: ['en', 'ko'], levels: ['beginner', 'intermediate', 'advanced'], introduction: 'Violin.', proBono: false },
    { 'If-None-Match': '*' },
  );
  await tutor.api.call(
    'PUT',
    `${path}/availability`,
    allHours,
    { 'If-None-Match': '*' },
  );
  return tutor;
}

/** Books the tutor's next open time for the student and lets the tutor confirm it. Returns the lesson's id. */
export async function bookNow(tutor: { api: Api; ids: Registered }, student: { api: Api; studentId: string; timeZone: string }): Promise<string> {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const { slots } = await student.api.call<{ slots: { start: string; viewerLocal: string }[] }>(
    'GET',
    `/v1/tutors/${tutor.ids.tutorId}/slots?fromDate=${day(-1)}&toDate=${day(1)}&viewerZone=${encodeURIComponent(student.timeZone)}&durationMinutes=45`,
  );
  const next = slots.find((slot) => Date.parse(slot.start) > Date.now() + 90_000);
  if (!next) throw new Error('the tutor has no open time');
  const booking = await student.api.call<{ id: string; version: number }>('POST', '/v1/bookings', {
    tutorId: tutor.ids.tutorId,
    studentId: student.studentId,
    startLocal: next.viewerLocal.slice(0, 19),
    timeZone: student.timeZone,
    durationMinutes: 45,
  });
  const confirmed = await tutor.api.call<{ lessonId: string }>('POST', `/v1/bookings/${booking.id}/confirm`, undefined, { 'If-Match': `"${booking.version}"` });
  return confirmed.lessonId;
}
