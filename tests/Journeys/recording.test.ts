import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { findings } from './journey/axe';
import { openBrowser, type OpenBrowser, type Visitor } from './journey/browser';
import { signIn } from './journey/people';
import { agreeToRecording, endLesson, playedTo, recordingLight, repeatABar, watchRecording } from './journey/recording';
import { enterRoom, figures, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { say } from './journey/texts';

let server: MuseServer;
let browser: OpenBrowser;
let tutor: Visitor;
let student: Visitor;
let lessonId: string;
let teacher: Awaited<ReturnType<typeof registerTutor>>;
let learner: Awaited<ReturnType<typeof register>>;

interface Recordings {
  items: { id: string; state: string; tracks: { kind: string; part: string; codec: string; length: number }[] }[];
}

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(server.origin);
  teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
  learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
  await teacher.api.call('PUT', `/v1/tutors/${teacher.ids.tutorId}/meeting-preferences`, { order: [], musicMode: true, recording: true }, { 'If-None-Match': '*' });
  lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
  await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  tutor = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  student = await browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 820, height: 1180 } });
  await signIn(tutor, teacher.email, teacher.password);
  await signIn(student, learner.email, learner.password);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const bowing = 'Bar 12: the bow stays on the string';
const marksOf = async (who: { api: typeof teacher.api }) =>
  (await who.api.call<{ items: { part: string; note?: string | null; place: number }[] }>('GET', `/v1/lessons/${lessonId}/marks`)).items;
const recordings = () => learner.api.call<Recordings>('GET', `/v1/lessons/${lessonId}/recordings`);

test('Nothing is recorded until both have agreed, and then both are told', async () => {
  await agreeToRecording(teacher.api);
  for (const visitor of [tutor, student]) {
    await visitor.page.goto(`/lessons/${lessonId}/room`);
    await enterRoom(visitor);
  }
  await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
  await tutor.page.getByText(say('en', 'room:recording.waitingFor', { names: 'Oliver Hughes' })).waitFor();
  expect((await recordings()).items).toEqual([]);
  await agreeToRecording(learner.api);
  await Promise.all([recordingLight(tutor, 'on'), recordingLight(student, 'on')]);
});

test('One tap of the tutor marks a place, with a note; a press whose answer is lost on the way is one mark', async () => {
  await Promise.all([seeAndHear(tutor, 1, 150), seeAndHear(student, 1, 150)]);
  const { page } = tutor;
  await page.getByRole('button', { name: say('en', 'room:marks.again'), exact: true }).click();
  await page.getByText(say('en', 'room:marks.kept')).waitFor();
  await page.getByRole('textbox', { name: say('en', 'room:marks.note') }).fill(bowing);
  await page.getByRole('button', { name: say('en', 'room:marks.save'), exact: true }).click();
  await page.getByText(say('en', 'room:marks.noted')).waitFor();

  let sent = 0;
  await student.page.route('**/v1/lessons/*/marks', async (route) => {
    if (sent++ > 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  // As a foot pedal does it.
  await student.page.keyboard.press('PageDown');
  await student.page.getByText(say('en', 'room:marks.kept')).waitFor();
  expect(sent).toBe(2);
  expect((await marksOf(learner)).map(({ part, note }) => [part, note ?? null]).sort()).toEqual([['student', null], ['tutor', bowing]]);
  expect((await marksOf(teacher)).map(({ part }) => part)).toEqual(['tutor']);
});

test('The server is killed in the middle, and the lesson goes on and is recorded again', async () => {
  await Promise.all([seeAndHear(tutor, 1, 150), seeAndHear(student, 1, 150)]);
  await server.restart(async () => {
    for (const { page } of [tutor, student]) await expect.poll(async () => (await figures(page)).inbound, { timeout: 30_000 }).toEqual([]);
  }, 'SIGKILL');
  await Promise.all([seeAndHear(tutor, 1, 150, 90_000), seeAndHear(student, 1, 150, 90_000)]);
  await Promise.all([recordingLight(tutor, 'on'), recordingLight(student, 'on')]);
  // What the first life recorded is finished by the second one while the lesson goes on.
  await expect.poll(async () => (await recordings()).items.map((one) => one.state), { timeout: 90_000 }).toEqual(['shelved', 'recording']);
});

test('After the lesson both parts hold the sound and the picture of both, as they were sent', async () => {
  await endLesson(tutor);
  await expect.poll(async () => (await recordings()).items.map((one) => one.state), { timeout: 60_000 }).toEqual(['shelved', 'shelved']);
  for (const one of (await recordings()).items) {
    expect(one.tracks.map(({ kind, part }) => `${part} ${kind}`).sort()).toEqual(['student audio', 'student video', 'tutor audio', 'tutor video']);
    for (const { length } of one.tracks) expect(length).toBeGreaterThan(3_000);
    const { address } = await learner.api.call<{ address: string }>('POST', `/v1/lessons/${lessonId}/recordings/${one.id}/viewings`);
    await expect.poll(async () => (await (await fetch(`${server.origin}${address}renditions`)).json() as { items: { kind: string; state: string }[] }).items
      .filter(({ state }) => state === 'made').map(({ kind }) => kind).sort(), { timeout: 60_000 }).toEqual(['aac', 'poster', 'waveform']);
    expect(await troublesOf(await (await fetch(`${server.origin}${address}lesson.mp4`)).arrayBuffer())).toBe('');
    const forged = `${address.slice(0, 60)}${address[60] === 'A' ? 'B' : 'A'}${address.slice(61)}`;
    expect((await fetch(`${server.origin}${forged}lesson.mp4`)).status).toBe(404);
  }
});

test('The page says that the lesson is over, though its time is not, who ended it, and why there are two parts that lead to each other', async () => {
  const { page } = tutor;
  await page.goto(`/lessons/${lessonId}`);
  await page.getByText(say('en', 'time.over'), { exact: true }).waitFor();
  expect(await page.getByText(say('en', 'time.endsIn'), { exact: true }).count()).toBe(0);
  const ended = page.locator('.timeline-item', { hasText: say('en', 'event.lesson_ended') });
  await ended.getByText(say('en', 'timeline.role.tutor')).waitFor();
  const part = (number: number) => say('en', 'review.part').replace('{{part}}', String(number)).replace('{{parts}}', '2');
  const first = page.locator('.review-card', { hasText: part(1) });
  await first.getByText(say('en', 'timeline.recordingWhy.server_lost')).waitFor();
  expect(await page.locator('.review-card', { hasText: part(2) }).getByText(say('en', 'timeline.recordingWhy.server_lost')).count()).toBe(0);
  await first.getByRole('link', { name: say('en', 'review.watch') }).click();
  await page.locator('.review-which').getByText(part(1)).waitFor();
  await page.getByRole('link', { name: say('en', 'review.partAfter') }).click();
  await page.locator('.review-which').getByText(part(2)).waitFor();
  await page.getByRole('link', { name: say('en', 'review.partBefore') }).waitFor();
  expect(await findings(page)).toEqual([]);
});

test('The student repeats a bar at half speed', async () => {
  const { page } = student;
  await watchRecording(student, lessonId);
  await repeatABar(student);
  // Chromium plays what was sent, though there is AAC by now.
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(fetched.filter((name) => name.includes('/tracks/')).length).toBeGreaterThan(0);
  expect(fetched.filter((name) => name.includes('/aac/'))).toEqual([]);
  const shown = await page.locator('.review-side video').evaluateAll((videos) =>
    (videos as HTMLVideoElement[]).map(({ videoWidth, playbackRate, currentTime }) => ({ width: videoWidth, slow: playbackRate < 0.6, played: currentTime > 0 })));
  expect(shown).toEqual([{ width: expect.any(Number), slow: true, played: true }, { width: expect.any(Number), slow: true, played: true }]);
  expect(shown.every(({ width }) => width > 0)).toBe(true);
  await page.getByRole('button', { name: say('en', 'review.pause'), exact: true }).click();
  expect(await findings(page)).toEqual([]);
  expect([...tutor.errors, ...student.errors]).toEqual([]);
});

test('A line that fails is told, and the player is there by itself when it is back; what may not be seen is told in other words', async () => {
  const { page } = student;
  await page.route('**/v1/viewings/**', (route) => route.abort());
  await page.reload();
  await page.getByText(say('en', 'review.lineFails')).waitFor();
  await page.unroute('**/v1/viewings/**');
  await page.getByText(say('en', 'review.lineFails')).waitFor({ state: 'detached' });
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every(({ readyState }) => readyState >= 3));

  await page.route('**/v1/viewings/**', (route) => route.fulfill({ status: 404 }));
  await page.reload();
  await page.getByText(say('en', 'review.refused')).waitFor();
  await page.unroute('**/v1/viewings/**');
  await page.getByRole('button', { name: say('en', 'common.tryAgain') }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every(({ readyState }) => readyState >= 3));
});

test('Keys do the same wherever the focus is in the player, and nobody is faded at the beginning', async () => {
  const { page } = student;
  const state = () => page.locator('.review').getAttribute('data-state');
  await page.getByRole('slider', { name: say('en', 'review.place') }).focus();
  await page.keyboard.press('Home');
  expect([await playedTo(student), await page.locator('[data-there="false"]').count()]).toEqual([0, 0]);
  await page.keyboard.press('ArrowRight');
  expect(await playedTo(student)).toBe(5);
  await page.getByRole('button', { name: say('en', 'review.back5') }).click();
  expect(await playedTo(student)).toBe(0);
  await page.keyboard.press('ArrowRight');
  expect(await playedTo(student)).toBe(5);
  await page.keyboard.press('Space');
  expect([await state(), (await playedTo(student)) >= 5]).toEqual(['playing', true]);
  await page.keyboard.press('Space');
  expect(await state()).toBe('paused');
  const pictures = () => page.locator('video').first().evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
  for (let i = 0; i < 3; i++) {
    const before = await pictures();
    await page.keyboard.press('.');
    await expect.poll(pictures).toBeGreaterThan(before);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
});

test('The student goes to what the tutor marked, and marks a place that the tutor does not see', async () => {
  const { page } = student;
  const at = () => playedTo(student);
  await page.getByRole('button', { name: bowing }).click();
  const marked = await at();
  // Its loop begins there; the one of before is over.
  await page.getByRole('button', { name: say('en', 'review.loopTo') }).waitFor();
  await page.getByRole('button', { name: say('en', 'review.on5') }).click();
  await page.keyboard.press('m');
  const write = page.getByRole('button', { name: new RegExp(`^${say('en', 'marks.write')}`) });
  await expect.poll(() => write.count()).toBe(2);
  await write.last().click();
  await page.getByRole('textbox', { name: say('en', 'marks.note') }).fill('Ask about this on Monday');
  await page.getByRole('button', { name: say('en', 'common.save'), exact: true }).click();
  await page.getByRole('button', { name: 'Ask about this on Monday' }).waitFor();
  expect(await findings(page)).toEqual([]);

  const mine = await marksOf(learner);
  const [tutors, own] = [mine.find(({ note }) => note === bowing)!, mine.find(({ note }) => note === 'Ask about this on Monday')!];
  expect((own.place - tutors.place) / 1000).toBeCloseTo((await at()) - marked, 1);
  await tutor.page.goto(`/lessons/${lessonId}`);
  await tutor.page.getByText(bowing).waitFor();
  expect(await tutor.page.getByText('Ask about this on Monday').count()).toBe(0);
  expect((await marksOf(teacher)).map(({ note }) => note)).toEqual([bowing]);
});

test('When the student takes the agreement back, nobody sees it any longer', async () => {
  const { id } = await learner.api.call<{ id: string }>('GET', '/v1/me');
  const [first] = (await recordings()).items;
  const { address } = await teacher.api.call<{ address: string }>('POST', `/v1/lessons/${lessonId}/recordings/${first!.id}/viewings`);
  expect((await fetch(`${server.origin}${address}tracks/1.m3u8`)).status).toBe(200);
  await learner.api.call('DELETE', `/v1/people/${id}/consents/recording`);
  expect((await fetch(`${server.origin}${address}tracks/1.m3u8`)).status).toBe(404);
  await expect(teacher.api.call('GET', `/v1/lessons/${lessonId}/recordings`)).rejects.toThrow('recording_withdrawn');
});

test('The tutor reads why there is nothing to be seen, and deletes it now', async () => {
  const { page } = tutor;
  await page.goto(`/lessons/${lessonId}`);
  const withdrawn = (visitor: Visitor) => visitor.page.getByText(say('en', 'review.withdrawn').split('{{')[0]!);
  const giveAgain = (visitor: Visitor) => visitor.page.getByRole('link', { name: say('en', 'consent.lesson.own') });
  await withdrawn(tutor).waitFor();
  // The student can give it again, and is led there; the tutor, who has agreed, can do nothing in any settings.
  expect(await giveAgain(tutor).count()).toBe(0);
  await student.page.goto(`/lessons/${lessonId}`);
  await withdrawn(student).waitFor();
  expect(await giveAgain(student).getAttribute('href')).toBe('/settings');
  await page.getByRole('button', { name: say('en', 'review.delete') }).click();
  await page.getByRole('dialog').getByRole('button', { name: say('en', 'review.delete') }).click();
  await withdrawn(tutor).waitFor({ state: 'detached' });
  expect(await findings(page)).toEqual([]);
});

/** What ffmpeg has to say against it when it decodes all of it. */
async function troublesOf(file: ArrayBuffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muse-recording-'));
  try {
    const path = join(folder, 'lesson.mp4');
    await writeFile(path, Buffer.from(file));
    const { stderr } = await promisify(execFile)('ffmpeg', ['-v', 'error', '-i', path, '-map', '0', '-vsync', 'passthrough', '-enc_time_base:v', '-1', '-f', 'null', '-']);
    return stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}
