import { Problem } from './problem';

/** `POST /v1/tokens` in cookie mode: the refresh token stays in the HttpOnly cookie. */
export interface Tokens {
  accessToken: string;
  /** Seconds from the answer. */
  expiresIn: number;
}

export type Fetch = typeof fetch;

/** What one tab tells the others. Access tokens never touch storage; the channel is same-origin memory. */
type Message = { type: 'token' | 'signed-in'; token: string; expiresAt: number } | { type: 'signed-out' };

export interface Surroundings {
  fetch: Fetch;
  now: () => number;
  locks?: Pick<LockManager, 'request'> | undefined;
  channel?: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | undefined;
  /** Remembers only *that* somebody signed in here, so that a first visit asks nothing of the server. */
  hint: { get(): boolean; set(signedIn: boolean): void };
}

/** Refresh when less than this is left of the access token. */
const earlyMilliseconds = 30_000;

export class Session {
  private token: string | null = null;
  private expiresAt = 0;
  private refreshing: Promise<string | null> | null = null;
  /** Counts sign-ins and sign-outs, so that a refresh begun before one is not applied after it. */
  private era = 0;
  /** Another tab signed out. The hint in storage may still say otherwise: storage and channel keep no order between them. */
  private ended = false;
  private readonly listeners = new Set<() => void>();
  private readonly othersListeners = new Set<() => void>();
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
    around.channel?.addEventListener('message', (event) => this.hear((event as MessageEvent<Message>).data));
  }

  /** True when somebody is signed in here, as far as this tab knows. */
  get mayBeSignedIn(): boolean {
    return this.token !== null || (!this.ended && this.around.hint.get());
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls when another tab signed out or signed somebody in: what this tab knows may be another person's. */
  onAnotherPerson(listener: () => void): () => void {
    this.othersListeners.add(listener);
    return () => this.othersListeners.delete(listener);
  }

  signIn(email: string, password: string): Promise<void> {
    return this.open({ email, password, cookie: true });
  }

  signInWithDeviceLink(secret: string): Promise<void> {
    return this.open({ deviceLink: secret, cookie: true });
  }

  async signOut(): Promise<void> {
    this.forget();
    this.tell({ type: 'signed-out' });
    await this.around.fetch('/v1/tokens', { method: 'DELETE', credentials: 'same-origin' }).catch(() => undefined);
  }

  /** A token good for at least half a minute, or null when nobody is signed in. */
  async accessToken(): Promise<string | null> {
    if (this.isFresh()) return this.token;
    if (!this.mayBeSignedIn) return null;
    return this.refresh(this.token);
  }

  /** After a 401: another token than `refused`, or null when the session is over. */
  async renew(refused: string | null): Promise<string | null> {
    if (this.token !== null && this.token !== refused && this.isFresh()) return this.token;
    if (!this.mayBeSignedIn) return null;
    return this.refresh(refused);
  }

  private isFresh(): boolean {
    return this.token !== null && this.expiresAt - this.around.now() > earlyMilliseconds;
  }

  /** One refresh at a time: callers of this tab share a promise, tabs share a Web Lock. */
  private refresh(stale: string | null): Promise<string | null> {
    this.refreshing ??= this.refreshAlone(stale).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async refreshAlone(stale: string | null): Promise<string | null> {
    const attempt = async (): Promise<string | null> => {
      // While this tab waited for the lock, another may have sent a token over the channel.
      if (this.token !== stale && this.isFresh()) return this.token;
      const era = this.era;
      const response = await this.send({ cookie: true });
      if (era !== this.era) return this.token;
      if (response.ok) {
        this.accept((await response.json()) as Tokens);
        return this.token;
      }
      if (response.status === 401 || response.status === 403 || response.status === 400) {
        this.forget();
        return null;
      }
      throw await Problem.of(response);
    };
    return this.around.locks ? this.around.locks.request('muse-refresh', attempt) : attempt();
  }

  private async open(body: object): Promise<void> {
    const response = await this.send(body);
    if (!response.ok) throw await Problem.of(response);
    this.era++;
    this.accept((await response.json()) as Tokens, 'signed-in');
    this.around.hint.set(true);
    this.notify();
  }

  private async send(body: object): Promise<Response> {
    try {
      return await this.around.fetch('/v1/tokens', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      });
    } catch {
      throw Problem.unreachable();
    }
  }

  private accept(tokens: Tokens, what: 'token' | 'signed-in' = 'token'): void {
    this.ended = false;
    this.token = tokens.accessToken;
    this.expiresAt = this.around.now() + tokens.expiresIn * 1000;
    this.tell({ type: what, token: this.token, expiresAt: this.expiresAt });
  }

  private forget(): void {
    this.era++;
    this.token = null;
    this.expiresAt = 0;
    this.around.hint.set(false);
    this.notify();
  }

  private tell(message: Message): void {
    this.around.channel?.postMessage(message);
  }

  private hear(message: Message): void {
    const before = this.token;
    const out = message.type === 'signed-out';
    if (out) {
      this.era++;
      this.ended = true;
      this.token = null;
      this.expiresAt = 0;
    } else {
      if (message.type === 'signed-in') this.era++;
      this.ended = false;
      this.token = message.token;
      this.expiresAt = message.expiresAt;
    }
    if (out || before === null) this.notify();
    if (out || (message.type === 'signed-in' && personOf(before) !== personOf(this.token))) for (const listener of this.othersListeners) listener();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Whose token this is; one that cannot be read is nobody's but its own. */
function personOf(token: string | null): string | null {
  try {
    const claims = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/');
    return (JSON.parse(atob(claims ?? '')) as { sub: string }).sub;
  } catch {
    return token;
  }
}

const hintKey = 'muse.signed-in';

export const session = new Session({
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  locks: typeof navigator === 'undefined' ? undefined : navigator.locks,
  channel: typeof BroadcastChannel === 'undefined' || typeof window === 'undefined' ? undefined : new BroadcastChannel('muse-session'),
  hint: {
    get: () => typeof localStorage !== 'undefined' && localStorage.getItem(hintKey) === '1',
    set: (signedIn) => {
      if (typeof localStorage === 'undefined') return;
      if (signedIn) localStorage.setItem(hintKey, '1');
      else localStorage.removeItem(hintKey);
    },
  },
});
