// The whole journey against a freshly started server, with two real browsers in the room. Prints what was seen at every step and ends
// with 0 only if all of it happened.
import { Api, madeUpPassword } from './journey/api';
import { bookSlot, confirmFirst, findTutor, goToRoom, openLesson, timelineSeen } from './journey/booking';
import { openBrowser, type OpenBrowser } from './journey/browser';
import setup from './journey/built';
import { addChild, signUp } from './journey/people';
import { agreeToRecording, endLesson, recordingLight, repeatABar, watchRecording } from './journey/recording';
import { enterRoom, figures, isStereo, leaveRoom, listen, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';
import { introduce, openAllHours } from './journey/teaching';
import { say } from './journey/texts';

const teacher = { name: 'Kim Seo-yeon', email: 'seo-yeon@example.com', password: madeUpPassword(), role: 'tutor' as const };
const adult = { name: 'Oliver Hughes', email: 'oliver@example.com', password: madeUpPassword(), role: 'student' as const, born: [1990, 5, 17] as const };
const father = { name: 'Omar Haddad', email: 'omar@example.com', password: madeUpPassword(), role: 'guardian' as const };
const child = 'Layla';

const began = Date.now();
let steps = 0;

async function step<T>(what: string, does: () => Promise<readonly [T, ...string[]]>): Promise<T> {
  console.log(`\n${++steps}. ${what}`);
  const [result, ...seen] = await does();
  for (const line of seen) console.log(`   ${line}`);
  return result;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const bothClocks = (at: { tutorLocal: string; studentLocal: string }, place: string) =>
  `${at.tutorLocal.replace('T', ' ')} in Seoul = ${at.studentLocal.replace('T', ' ')} in ${place}`;

async function play(server: MuseServer, seoul: OpenBrowser, london: OpenBrowser): Promise<void> {
  const { origin } = server;
  const tutor = await seoul.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' });
  const guardian = await london.visit({ language: 'ar', locale: 'ar-AE', timeZone: 'Asia/Dubai', viewport: { width: 768, height: 1024 } });
  const student = await london.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London', viewport: { width: 1024, height: 768 } });

  const tutorApi = await step('A tutor in Seoul signs up, writes a profile and opens hours', async () => {
    await signUp(tutor, teacher);
    await introduce(tutor, 'I teach the violin to everyone who wants to learn it.');
    await openAllHours(tutor);
    const api = await new Api(origin).signIn(teacher.email, teacher.password);
    const me = await api.call<{ displayName: string; timeZone: string; country: string }>('GET', '/v1/me');
    must(me.timeZone === 'Asia/Seoul', `the tutor's zone is ${me.timeZone}`);
    return [api, `${me.displayName}, ${me.country}, ${me.timeZone}; open around the clock, a lesson may start every 5 minutes`] as const;
  });

  await step('A guardian in Abu Dhabi signs up in Arabic, adds a child and books in their own time', async () => {
    await signUp(guardian, father);
    const direction = await guardian.page.evaluate(() => document.documentElement.dir);
    must(direction === 'rtl', `the Arabic page reads ${direction}`);
    await addChild(guardian, child, [2015, 3, 14]);
    const fit = await findTutor(guardian, teacher.name);
    const slot = await bookSlot(guardian, 14);
    const api = await new Api(origin).signIn(father.email, father.password);
    const { items } = await api.call<{ items: { tutorLocal: string; studentLocal: string; state: string }[] }>('GET', '/v1/bookings?state=requested');
    must(items.length === 1 && items[0]!.studentLocal.endsWith('+04:00'), `the booking is ${JSON.stringify(items)}`);
    return [
      undefined,
      `pages right to left; the match says: ${fit.slice(0, 90)}…`,
      `chose ${oneLine(slot.mine)} on their own clock, shown beside it: ${oneLine(slot.theirs)}`,
      `requested: ${bothClocks(items[0]!, 'Abu Dhabi')}`,
    ] as const;
  });

  await step('The tutor confirms; no meeting service may be used there yet, and both are told so', async () => {
    await confirmFirst(tutor);
    const id = await openLesson(tutor, child);
    const lesson = await tutorApi.until(id, 'the decision about the meeting', (now) => now.meeting.state !== 'arranging');
    must(lesson.meeting.state === 'no_provider_allowed' && lesson.state === 'scheduled', `the lesson is ${JSON.stringify(lesson)}`);
    await openLesson(guardian, teacher.name);
    await guardian.page.getByText(say('ar', 'lesson.noProvider'), { exact: true }).first().waitFor();
    return [
      undefined,
      `the lesson stands: ${bothClocks(lesson, 'Abu Dhabi')}; meeting: ${lesson.meeting.state}`,
      `the guardian reads: ${say('ar', 'lesson.noProvider')}`,
      `its events: ${(await tutorApi.timeline(id)).map((item) => item.type).join(', ')}`,
    ] as const;
  });

  await step('An adult student in London finds the same tutor and asks for the next open time', async () => {
    await signUp(student, adult);
    const fit = await findTutor(student, teacher.name);
    const slot = await bookSlot(student);
    return [undefined, `the match says: ${fit.slice(0, 90)}…`, `chose ${oneLine(slot.mine)} in London, shown beside it: ${oneLine(slot.theirs)}`] as const;
  });

  const lessonId = await step('The tutor confirms, and the meeting is made automatically', async () => {
    await confirmFirst(tutor);
    const id = await openLesson(tutor, adult.name);
    const lesson = await tutorApi.until(id, 'the meeting', (now) => now.meeting.state === 'ready');
    must(lesson.meeting.provider === 'built-in', `the provider is ${lesson.meeting.provider}`);
    must((await openLesson(student, teacher.name)) === id, 'both see the same lesson');
    return [
      id,
      bothClocks(lesson, 'London'),
      `link: ${lesson.link}`,
      `meeting: ${lesson.meeting.provider}, ${lesson.meeting.state}; the room opens at ${lesson.joinOpensAt}`,
    ] as const;
  });

  const studentApi = await step('Both agree that their lessons are recorded', async () => {
    const api = await new Api(origin).signIn(adult.email, adult.password);
    for (const one of [tutorApi, api]) await agreeToRecording(one);
    const { recordingConsent } = await tutorApi.call<{ recordingConsent: unknown }>('GET', `/v1/lessons/${lessonId}`);
    return [api, `the lesson says: ${JSON.stringify(recordingConsent)}`] as const;
  });

  await step('Both click their way into the room, each in a browser of their own, and see and hear each other', async () => {
    for (const visitor of [tutor, student]) {
      await visitor.page.reload();
      await goToRoom(visitor);
      await enterRoom(visitor);
    }
    const [atTutor, atStudent] = await Promise.all([seeAndHear(tutor, 1), seeAndHear(student, 1)]);
    const ears = await listen(student.page);
    must(isStereo(ears), `the sound is not stereo: ${JSON.stringify(ears)}`);
    const sent = (await figures(tutor.page)).outbound.find((line) => line.kind === 'audio');
    const seen = (who: string, [one]: typeof atTutor) =>
      `${who}: ${one!.framesDecoded} frames decoded, audio level ${one!.audioLevel.toFixed(3)}, ${one!.audioCodec} ${one!.audioFmtp}`;
    return [
      undefined,
      seen('in Seoul', atTutor),
      seen('in London', atStudent),
      `two tones in two ears in London: left ${ears.left.low.toFixed(0)}/${ears.left.high.toFixed(0)} dB, right ${ears.right.low.toFixed(0)}/${ears.right.high.toFixed(0)} dB (440/1320 Hz)`,
      `the tutor's sound is sent with ${sent?.fmtp ?? 'nothing'}`,
    ] as const;
  });

  await step('The tutor has the lesson recorded, and marks a bar by one tap', async () => {
    await tutor.page.getByRole('button', { name: say('en', 'room:settings'), exact: true }).click();
    await tutor.page.getByRole('button', { name: say('en', 'room:recording.start'), exact: true }).click();
    await tutor.page.keyboard.press('Escape');
    await Promise.all([recordingLight(tutor, 'on'), recordingLight(student, 'on')]);
    await tutor.page.getByRole('button', { name: say('en', 'room:marks.again'), exact: true }).click();
    await tutor.page.getByRole('textbox', { name: say('en', 'room:marks.note') }).fill('Bar 12: the bow stays on the string');
    await tutor.page.getByRole('button', { name: say('en', 'room:marks.save'), exact: true }).click();
    await tutor.page.getByText(say('en', 'room:marks.noted')).waitFor();
    await Promise.all([seeAndHear(tutor, 1, 150), seeAndHear(student, 1, 150)]);
    return [undefined, `both read: ${say('en', 'room:recording.on')}`] as const;
  });

  await step('The server is killed in the middle and started again: both are back without a click, and it is recorded on', async () => {
    const began = Date.now();
    await server.restart(undefined, 'SIGKILL');
    await Promise.all([seeAndHear(tutor, 1, 150, 90_000), seeAndHear(student, 1, 150, 90_000)]);
    const back = Date.now() - began;
    await Promise.all([recordingLight(tutor, 'on'), recordingLight(student, 'on')]);
    return [undefined, `from the kill to 150 pictures at both: ${(back / 1000).toFixed(1)} s`] as const;
  });

  await step('The student leaves; every step is an event of the lesson', async () => {
    await leaveRoom(student);
    const lesson = await tutorApi.until(lessonId, 'the leaving', (now, timeline) => now.state === 'started' && timeline.some((item) => item.type === 'participant_left'));
    const timeline = await tutorApi.timeline(lessonId);
    const types = timeline.map((item) => item.type);
    for (const type of ['booking_requested', 'booking_confirmed', 'lesson_scheduled', 'meeting_arranged', 'participant_joined', 'lesson_started', 'participant_left'])
      must(types.includes(type), `the timeline lacks ${type}: ${types.join(', ')}`);
    await openLesson(student, teacher.name);
    const onThePage = await timelineSeen(student);
    must(onThePage.includes(say('en', 'event.lesson_started')), 'the page does not say that the lesson began');
    must(tutor.errors.length + student.errors.length === 0, `errors on the pages: ${[...tutor.errors, ...student.errors].join('; ')}`);
    return [
      undefined,
      `state: ${lesson.state}`,
      ...timeline.map((item) => `${item.at}  ${item.type}${item.who ? `  ${item.who}` : ''}${item.role ? ` (${item.role})` : ''}`),
    ] as const;
  });

  await step('The tutor ends the lesson, and a moment later the student repeats a bar of it at half speed', async () => {
    await endLesson(tutor);
    await tutorApi.until(lessonId, 'the recording', (_, timeline) => timeline.filter((item) => item.type === 'room_recording_finalised').length === 2, 120_000);
    const { items } = await studentApi.call<{ items: { size: number; tracks: { part: string; kind: string; codec: string; length: number }[] }[] }>('GET', `/v1/lessons/${lessonId}/recordings`);
    must(items.length === 2, `there are ${items.length} recordings`);
    const tracks = items.flatMap((one, i) => one.tracks.map((track) => `${i === 0 ? 'before' : 'after'} the kill ${track.part}'s ${track.kind}, ${track.codec}, ${(track.length / 1000).toFixed(1)} s`));
    must(tracks.length === 8, `recorded were ${tracks.join('; ')}`);
    await watchRecording(student, lessonId);
    await student.page.getByRole('button', { name: 'Bar 12: the bow stays on the string' }).waitFor();
    await repeatABar(student);
    must(student.errors.length === 0, `errors on the page: ${student.errors.join('; ')}`);
    return [undefined, `recorded, as they were sent, ${items.reduce((sum, one) => sum + one.size, 0)} bytes:`, ...tracks] as const;
  });
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

async function main(): Promise<number> {
  let server: MuseServer | undefined;
  let seoul: OpenBrowser | undefined;
  let london: OpenBrowser | undefined;
  try {
    setup();
    server = await step('A server starts on an empty database', async () => {
      const started = await startServer();
      return [started, `${started.origin}, media on UDP port ${started.mediaPort}, health 200`] as const;
    });
    [seoul, london] = await Promise.all([openBrowser(server.origin), openBrowser(server.origin)]);
    await play(server, seoul, london);
    console.log(`\nAll of it happened, in ${Math.round((Date.now() - began) / 1000)} s.`);
    return 0;
  } catch (error) {
    console.error(`\nStep ${steps} did not happen: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await Promise.all([seoul?.close(), london?.close()]);
    await server?.stop();
  }
}

process.exitCode = await main();
