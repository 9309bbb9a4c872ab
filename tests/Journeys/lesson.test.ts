import { afterAll, beforeAll, expect, test } from 'vitest';
import { Api, madeUpPassword } from './journey/api';
import { bookSlot, confirmFirst, findTutor, goToRoom, openLesson, timelineSeen } from './journey/booking';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn, signUp } from './journey/people';
import { comeBack, enterRoom, figures, isStereo, leaveRoom, listen, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { introduce, openAllHours } from './journey/teaching';
import { say } from './journey/texts';

const teacher = { name: 'Kim Seo-yeon', email: 'seo-yeon@example.com', password: madeUpPassword(), role: 'tutor' as const };
const learner = { name: 'Oliver Hughes', email: 'oliver@example.com', password: madeUpPassword(), role: 'student' as const, born: [1990, 5, 17] as const };

let server: MuseServer;
let seoul: OpenBrowser;
let london: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let api: Api;
let lessonId: string;

beforeAll(async () => {
  server = await startServer();
  [seoul, london] = await Promise.all([openBrowser(server.origin), openBrowser(server.origin)]);
  tutor = await seoul.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  student = await london.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 390, height: 844 } });
});

afterAll(async () => {
  await Promise.all([seoul?.close(), london?.close()]);
  await server?.stop();
});

test('A tutor in Seoul signs up, says who they are and when they teach', async () => {
  await signUp(tutor, teacher);
  await introduce(tutor, 'I teach the violin to everyone who wants to learn it.');
  await openAllHours(tutor);

  const me = await (await new Api(server.origin).signIn(teacher.email, teacher.password)).call<{ timeZone: string; country: string }>('GET', '/v1/me');
  expect(me).toMatchObject({ timeZone: 'Asia/Seoul', country: 'KR' });
});

test('An adult student in London finds the tutor and asks for the next open time, seen on both clocks', async () => {
  await signUp(student, learner);
  const fit = await findTutor(student, teacher.name);
  expect(fit).toMatch(/%/);

  const slot = await bookSlot(student);
  expect(slot.mine).toMatch(/\d/);
  expect(slot.theirs).not.toBe(slot.mine);
});

test('The tutor confirms and both see the lesson with its one link', async () => {
  await confirmFirst(tutor);
  api = await new Api(server.origin).signIn(learner.email, learner.password);
  lessonId = await openLesson(tutor, learner.name);
  expect(await openLesson(student, teacher.name)).toBe(lessonId);

  const lesson = await api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  expect(lesson.meeting.provider).toBe('built-in');
  expect(lesson.link).toContain(lessonId);
  expect(lesson.tutorLocal).toMatch(/\+09:00$/);
  expect(Date.parse(lesson.tutorLocal)).toBe(Date.parse(lesson.studentLocal));
});

test('Both come in by clicking, see and hear each other, and the sound is stereo', async () => {
  for (const visitor of [tutor, student]) await visitor.page.reload();
  await goToRoom(tutor);
  await enterRoom(tutor);
  await tutor.page.getByText(say('en', 'room:alone')).waitFor();
  await goToRoom(student);
  await enterRoom(student);

  const [atTutor, atStudent] = await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
  for (const seen of [atTutor[0]!, atStudent[0]!]) {
    expect(seen.framesDecoded).toBeGreaterThanOrEqual(30);
    expect(seen.audioLevel).toBeGreaterThan(0.01);
    expect(seen.audioCodec).toBe('audio/opus');
    expect(seen.audioFmtp).toContain('stereo=1');
  }
  const sent = (await figures(tutor.page)).outbound.find((line) => line.kind === 'audio');
  expect(sent?.fmtp).toContain('maxaveragebitrate=128000');
  const ears = await listen(student.page);
  expect(isStereo(ears), JSON.stringify(ears)).toBe(true);
});

test('Joins become events of the lesson, and the lesson has started', async () => {
  const lesson = await api.until(lessonId, 'the start', (now) => now.state === 'started');
  expect(lesson.state).toBe('started');
  const timeline = await api.timeline(lessonId);
  expect(timeline.filter((item) => item.type === 'participant_joined').map((item) => item.role)).toEqual(['tutor', 'student']);
});

test.each([
  ['a phone held sideways', 844, 390],
  ['a low window on a laptop', 1366, 600],
])('The controls stay on the screen beside one large picture: %s', async (_, width, height) => {
  const before = student.page.viewportSize()!;
  await student.page.setViewportSize({ width, height });
  const controls = await student.page.locator('.room-controls').boundingBox();
  await student.page.setViewportSize(before);
  expect(controls!.y + controls!.height).toBeLessThanOrEqual(height);
});

test('Muting is seen on the other side', async () => {
  await student.page.getByRole('button', { name: say('en', 'room:mute'), exact: true }).click();
  await tutor.page.getByRole('img', { name: say('en', 'room:theirMicrophoneOff') }).waitFor();
  await student.page.getByRole('button', { name: say('en', 'room:unmute'), exact: true }).click();
  await tutor.page.getByRole('img', { name: say('en', 'room:theirMicrophoneOff') }).waitFor({ state: 'detached' });
});

test('Who leaves and comes back is seen and heard again, and the lesson page says so', async () => {
  await leaveRoom(student);
  await tutor.page.getByText(say('en', 'room:alone')).waitFor();
  await comeBack(student);
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);

  await api.until(lessonId, 'the second join', (_, timeline) => timeline.filter((item) => item.type === 'participant_joined').length === 3);
  await leaveRoom(student);
  await openLesson(student, teacher.name);
  const seen = await timelineSeen(student);
  expect(seen.filter((text) => text === say('en', 'event.participant_joined'))).toHaveLength(3);
  expect(seen).toContain(say('en', 'event.participant_left'));
  expect([...tutor.errors, ...student.errors]).toEqual([]);
});

test('A second tab of the same person takes the seat, and the first says so', async () => {
  const second = await tutor.context.newPage();
  await second.goto(new URL(tutor.page.url()).pathname);
  await enterRoom({ ...tutor, page: second });
  await tutor.page.getByText(say('en', 'room:closed.replaced')).waitFor();
  await second.close();
});

test('A tab that waits on the sign-in page goes on when another tab signs in', async () => {
  const { page: first, context } = await london.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' });
  const second = await context.newPage();
  await first.goto('/lessons');
  await first.waitForURL(/\/sign-in\?next=/);
  await signIn({ context, page: second, language: 'en', errors: [] }, learner.email, learner.password);
  await first.waitForURL((url) => url.pathname === '/lessons');
  await first.getByRole('heading', { level: 1, name: say('en', 'lessons.title') }).waitFor();
  await context.close();
});
