import { describe, expect, it } from 'vitest';
import { clientOf, matching, tagged, told } from './client';
import { Problem } from './problem';
import { Session, type Surroundings } from './session';

/** A small token endpoint that counts, and a clock that is moved by hand. */
function server() {
  const state = { now: 0, refreshes: 0, signedIn: true, refuse: 401, hint: true, token: undefined as string | undefined, calls: [] as { url: string; method: string; token: string | null }[] };
  const fetcher: typeof fetch = async (input, init) => {
    const url = String(input);
    const method = init?.method ?? 'GET';
    const token = new Headers(init?.headers).get('Authorization');
    state.calls.push({ url, method, token });
    await Promise.resolve();
    if (url === '/v1/tokens' && method === 'POST') {
      if (!state.signedIn) return new Response('{}', { status: state.refuse, headers: { 'Content-Type': 'application/json' } });
      state.refreshes++;
      return Response.json({ accessToken: state.token ?? `token-${state.refreshes}`, expiresIn: 900 });
    }
    if (url === '/v1/tokens') return new Response(null, { status: 204 });
    if (token === 'Bearer token-1' && state.refreshes > 1) return Response.json({ code: 'not_signed_in' }, { status: 401 });
    return Response.json({ ok: true }, { headers: { ETag: '"7"' } });
  };
  const around: Surroundings = {
    fetch: fetcher,
    now: () => state.now,
    hint: { get: () => state.hint, set: (value) => { state.hint = value; } },
  };
  return { state, fetcher, around };
}

describe('the session', () => {
  it('refreshes once for many callers at the same time', async () => {
    const { state, around } = server();
    const session = new Session(around);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(state.refreshes).toBe(1);
  });

  it('keeps a fresh token and renews it shortly before its end', async () => {
    const { state, around } = server();
    const session = new Session(around);
    await session.accessToken();
    state.now = 869_000;
    expect(await session.accessToken()).toBe('token-1');
    state.now = 871_000;
    expect(await session.accessToken()).toBe('token-2');
  });

  it('asks nothing of the server where nobody ever signed in', async () => {
    const { state, around } = server();
    state.hint = false;
    expect(await new Session(around).accessToken()).toBeNull();
    expect(state.calls).toEqual([]);
  });

  it('ends when the refresh is refused, and tells who listens', async () => {
    const { state, around } = server();
    const session = new Session(around);
    let told = 0;
    session.subscribe(() => told++);
    state.signedIn = false;
    expect(await session.accessToken()).toBeNull();
    expect(session.mayBeSignedIn).toBe(false);
    expect(told).toBe(1);
  });

  it('survives a server that only stumbles', async () => {
    const { state, around } = server();
    const session = new Session(around);
    state.signedIn = false;
    state.refuse = 503;
    await expect(session.accessToken()).rejects.toBeInstanceOf(Problem);
    expect(session.mayBeSignedIn).toBe(true);
  });

  it('does not come back to life when a refresh ends after signing out', async () => {
    const { state, around } = server();
    const session = new Session(around);
    const late = session.accessToken();
    await session.signOut();
    expect(await late).toBeNull();
    expect(session.mayBeSignedIn).toBe(false);
    expect(state.hint).toBe(false);
  });

  it('shares one refresh between tabs by a lock and a channel', async () => {
    const { state, around } = server();
    let held: Promise<unknown> = Promise.resolve();
    const request = ((_: string, work: () => Promise<unknown>) => {
      const turn = held.then(work);
      held = turn.catch(() => undefined);
      return turn;
    }) as LockManager['request'];
    const listeners: ((event: MessageEvent) => void)[] = [];
    const tab = () => new Session({
      ...around,
      locks: { request },
      channel: {
        postMessage: (data: unknown) => listeners.forEach((listener) => listener({ data } as MessageEvent)),
        addEventListener: (_: string, listener: unknown) => { listeners.push(listener as (event: MessageEvent) => void); },
      },
    });
    const tokens = await Promise.all([tab(), tab(), tab()].map((one) => one.accessToken()));
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1']);
    expect(state.refreshes).toBe(1);
  });
});

describe('the session in two tabs', () => {
  /** Tabs that hear each other, but not themselves. The storage's hint is behind, as it may be between processes. */
  function tabs() {
    const { state, around } = server();
    const listeners: { tab: number; hear: (event: MessageEvent) => void }[] = [];
    const tab = (number: number) => new Session({
      ...around,
      hint: { get: () => true, set: () => undefined },
      channel: {
        postMessage: (data: unknown) => listeners.filter((one) => one.tab !== number).forEach((one) => one.hear({ data } as MessageEvent)),
        addEventListener: (_: string, listener: unknown) => { listeners.push({ tab: number, hear: listener as (event: MessageEvent) => void }); },
      },
    });
    return { state, here: tab(1), there: tab(2) };
  }

  it('is over in one when the other signs out, even while the storage still says otherwise', async () => {
    const { here, there } = tabs();
    await here.signIn('a@example.com', 'a');
    let told = 0;
    let another = 0;
    there.subscribe(() => told++);
    there.onAnotherPerson(() => another++);
    await here.signOut();
    expect([there.mayBeSignedIn, await there.accessToken()]).toEqual([false, null]);
    expect([told, another]).toEqual([1, 1]);
  });

  it("lets the other forget what it knows when somebody signs in, and use that person's token", async () => {
    const { here, there } = tabs();
    await here.signIn('a@example.com', 'a');
    let another = 0;
    there.onAnotherPerson(() => another++);
    here.onAnotherPerson(() => { throw new Error('the tab that signs in clears itself'); });
    await here.signIn('b@example.com', 'b');
    expect([another, there.mayBeSignedIn, await there.accessToken()]).toEqual([1, true, 'token-2']);
  });

  it('keeps what it knows when the same person signs in once more', async () => {
    const { state, here, there } = tabs();
    const of = (sub: string, serial: number) => `h.${btoa(JSON.stringify({ sub, serial }))}.s`;
    let another = 0;
    there.onAnotherPerson(() => another++);
    const seen: number[] = [];
    for (const [sub, serial] of [['a', 1], ['a', 2], ['b', 3]] as const) {
      state.token = of(sub, serial);
      await here.signIn(`${sub}@example.com`, sub);
      seen.push(another);
    }
    expect(seen).toEqual([1, 1, 2]);
  });
});

/** Outside of a page a path alone is no address. */
const origin = 'http://localhost';
const nobody = { accessToken: async () => null, renew: async () => null };

describe('the client', () => {
  it('renews its token once after a 401 and sends the request again', async () => {
    const { state, fetcher, around } = server();
    const session = new Session(around);
    const client = clientOf(session, ({ url, method, headers }) => fetcher(new URL(url).pathname, { method, headers }), origin);
    await client.GET('/v1/me');
    state.refreshes = 5;
    const answers = await Promise.all([told(client.GET('/v1/me')), told(client.GET('/v1/sandbox')), told(client.GET('/v1/health'))]);
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(state.refreshes).toBe(6);
  });

  it('hands back the ETag and takes it as If-Match', async () => {
    const seen: Headers[] = [];
    const client = clientOf(nobody, async ({ headers }) => {
      seen.push(headers);
      return Response.json({}, { headers: { ETag: '"7"' } });
    }, origin);
    const path = { id: '1' };
    const { etag } = await tagged(client.GET('/v1/bookings/{id}', { params: { path } }));
    await client.POST('/v1/bookings/{id}/confirm', { params: { path, header: matching(etag) } });
    expect(seen[0]!.has('Idempotency-Key')).toBe(false);
    expect(seen[1]!.get('If-Match')).toBe('"7"');
    expect(seen[1]!.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('turns a refusal and a broken wire into problems with a code', async () => {
    const refusing = clientOf(nobody, async () => Response.json({ code: 'tutor_not_free', alternatives: ['2026-12-07T08:00:00Z'] }, {
      status: 409, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '7' },
    }), origin);
    const refused = await refusing.GET('/v1/me').catch((error: unknown) => error as Problem) as Problem;
    expect([refused.code, refused.status, refused.retryAfterSeconds]).toEqual(['tutor_not_free', 409, 7]);
    expect(refused.details.alternatives).toHaveLength(1);
    const broken = clientOf(nobody, async () => { throw new TypeError('failed'); }, origin);
    expect(((await broken.GET('/v1/me').catch((error: unknown) => error)) as Problem).code).toBe('unreachable');
  });

  it('takes a file whole', async () => {
    const client = clientOf(nobody, async () => new Response('what Zoom recorded', { headers: { 'Content-Type': 'video/mp4' } }), origin);
    const path = { id: '1', recordingId: '2' };
    const file = await told(client.GET('/v1/lessons/{id}/recordings/{recordingId}', { params: { path }, parseAs: 'blob' }));
    expect(await file.text()).toBe('what Zoom recorded');
  });

  it('takes an empty answer for nothing', async () => {
    const client = clientOf(nobody, async () => new Response(null, { status: 202 }), origin);
    expect(await told(client.POST('/v1/admin/errands/{id}/replay', { params: { path: { id: '1' } } }))).toBeUndefined();
  });
});
