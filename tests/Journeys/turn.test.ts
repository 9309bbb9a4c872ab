import { afterAll, beforeAll, describe, expect } from 'vitest';
import { bookNow, register, registerTutor } from './journey/api';
import { openBrowser, type OpenBrowser } from './journey/browser';
import { coturnMissing, startCoturn, type Coturn } from './journey/coturn';
import { testUnless } from './journey/long';
import { signIn } from './journey/people';
import { onlyThrough, routes } from './journey/relay';
import { enterRoom, isStereo, leaveRoom, listen, seeAndHear } from './journey/room';
import { startServer, type MuseServer } from './journey/server';

// Chromium checks the certificate of a relay as that of any page; coturn's is made for this run.
const chromium = ['--ignore-certificate-errors'];

describe('A network that lets nothing through but the relay', () => {
  let coturn: Coturn;
  let server: MuseServer;
  let browser: OpenBrowser;
  let teacher: Awaited<ReturnType<typeof registerTutor>>;
  let learner: Awaited<ReturnType<typeof register>>;
  let lessonId: string;

  beforeAll(async () => {
    coturn = await startCoturn();
    server = await startServer(coturn.settings());
    browser = await openBrowser(server.origin, chromium);
    teacher = await registerTutor(server.origin, 'Kim Seo-yeon');
    learner = await register(server.origin, { name: 'Oliver Hughes', role: 'student', country: 'GB', timeZone: 'Europe/London', birthDate: '1990-05-17' });
    lessonId = await bookNow(teacher, { api: learner.api, studentId: learner.ids.studentId!, timeZone: 'Europe/London' });
    await teacher.api.until(lessonId, 'the meeting', (now) => now.meeting.state === 'ready');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await coturn?.stop();
  });

  for (const way of ['udp', 'tcp', 'tls'] as const)
    testUnless(coturnMissing, `Both come into the lesson over TURN by ${way}, see and hear each other in stereo`, async () => {
      const visitors = await Promise.all([
        browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Asia/Seoul' }),
        browser.visit({ language: 'en', locale: 'en-GB', timeZone: 'Europe/London' }),
      ]);
      for (const [visitor, person] of [[visitors[0], teacher], [visitors[1], learner]] as const) {
        await onlyThrough(visitor, coturn[way]);
        await signIn(visitor, person.email, person.password);
        await visitor.page.goto(`/lessons/${lessonId}/room`);
        await enterRoom(visitor);
      }

      const seen = await Promise.all(visitors.map((visitor) => seeAndHear(visitor, 1)));
      for (const [person] of seen) expect(person!.framesDecoded).toBeGreaterThanOrEqual(30);
      const ears = await listen(visitors[1].page);
      expect(isStereo(ears), JSON.stringify(ears)).toBe(true);
      for (const { page } of visitors) {
        const used = await routes(page);
        expect(used).toHaveLength(2);
        for (const route of used) {
          expect(route).toMatchObject({ type: 'relay', relayProtocol: way });
          expect(route.bytesSent + route.bytesReceived).toBeGreaterThan(10_000);
        }
      }
      for (const visitor of visitors) {
        await leaveRoom(visitor);
        expect(visitor.errors).toEqual([]);
        await visitor.context.close();
      }
    });

  testUnless(coturnMissing, 'What opens the relay ends an hour after the lesson and is neither cached nor printed', async () => {
    const { end } = await teacher.api.lesson(lessonId);
    const answer = await fetch(`${server.origin}/v1/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: teacher.email, password: teacher.password }),
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    const joined = await fetch(`${server.origin}/v1/lessons/${lessonId}/join`, { method: 'POST', headers: { Authorization: `Bearer ${accessToken}` } });
    expect(joined.headers.get('cache-control')).toBe('no-store');
    const { iceServers } = (await joined.json()) as { iceServers: { urls: string[]; username: string; credential: string }[] };
    expect(iceServers).toHaveLength(1);
    expect(iceServers[0]!.urls).toEqual([coturn.udp, coturn.tcp, coturn.tls]);
    expect(Number(iceServers[0]!.username.split(':')[0])).toBe(Math.floor(Date.parse(end) / 1000) + 3600);
    expect(server.printed()).not.toContain(iceServers[0]!.credential);
  });
});
