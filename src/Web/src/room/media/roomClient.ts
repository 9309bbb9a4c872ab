import { openRoom, type HeldElsewhere } from './joining';
import type { CloseReason, ConnectionKind, Joined, MediaKind, Participant, Profile, ServerMessage, Track } from './protocol';
import { finalCloseCodes } from './protocol';
import { PublishConnection } from './publishConnection';
import { NotLetIn, Signalling } from './signalling';
import type { Health } from './stuck';
import { SubscribeConnection } from './subscribeConnection';

export interface Remote extends Participant {
  /** Always the same object as long as the person stays, so that the picture does not blink. */
  stream: MediaStream;
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export type Phase = 'entering' | 'inside' | 'reconnecting' | 'closed';

export interface Snapshot {
  phase: Phase;
  remotes: Remote[];
  profile: Profile | null;
  lesson: Joined['lesson'] | null;
  /** Why it is closed: the server's word, a problem's code, or `left`. */
  closedBecause: CloseReason | 'left' | 'replaced' | 'roomFull' | { problem: unknown } | null;
}

const answerWithinMs = 10_000;
const firstWaitMs = 1_000;
const longestWaitMs = 15_000;

/**
 * A person's stay in a room, across lost sockets, failed connections and server restarts: resumes the socket when only that is lost,
 * and joins anew when the media is.
 */
export class RoomClient {
  private readonly lessonId: string;
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot = { phase: 'entering', remotes: [], profile: null, lesson: null, closedBecause: null };
  private signalling: Signalling | undefined;
  private publish: PublishConnection | undefined;
  private subscribe: SubscribeConnection | undefined;
  private secret = '';
  private signalUrl = '';
  private offers = 0;
  private readonly waiting = new Map<number, { resolve: (sdp: string) => void; reject: (why: Error) => void }>();
  private readonly local: Record<MediaKind, MediaStreamTrack | null> = { audio: null, video: null };
  private readonly muted: Record<MediaKind, boolean> = { audio: false, video: false };
  /** Counts the attempts, so that what belongs to an earlier one is not taken for today's. */
  private attempt = 0;
  private over = false;

  constructor(lessonId: string) {
    this.lessonId = lessonId;
  }

  subscribeTo = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): Snapshot => this.snapshot;

  /** Goes in with these tracks; they may be changed later. Resolves when inside, or closed. */
  async enter(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): Promise<void> {
    this.local.audio = audio;
    this.local.video = video;
    await this.joinAnew(0);
  }

  async use(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.local[kind] = track;
    if (track) track.enabled = !this.muted[kind];
    await this.publish?.send(kind, track);
  }

  mute(kind: MediaKind, muted: boolean): void {
    this.muted[kind] = muted;
    const track = this.local[kind];
    if (track) track.enabled = !muted;
    this.signalling?.send({ type: 'mute', kind, muted });
  }

  leave(): void {
    if (this.over) return;
    this.signalling?.send({ type: 'leave' });
    this.close('left');
  }

  endLesson(): void {
    this.signalling?.send({ type: 'endLesson' });
  }

  connections(): { publish: RTCPeerConnection | undefined; subscribe: RTCPeerConnection | undefined } {
    return { publish: this.publish?.connection, subscribe: this.subscribe?.connection };
  }

  /** The lesson goes on elsewhere. */
  goTo(held: HeldElsewhere): void {
    this.close({ problem: held });
  }

  async health(): Promise<Health> {
    let received = 0;
    (await this.subscribe?.connection.getStats())?.forEach((stat: { type: string; packetsReceived?: number }) => {
      if (stat.type === 'inbound-rtp') received += stat.packetsReceived ?? 0;
    });
    return {
      phase: this.snapshot.phase,
      publishes: this.local.audio !== null || this.local.video !== null,
      publish: this.publish?.connection.connectionState,
      expected: this.trackOwners.size,
      subscribe: this.subscribe?.connection.connectionState,
      received,
    };
  }

  private async joinAnew(failures: number): Promise<void> {
    const attempt = ++this.attempt;
    this.dropConnections();
    try {
      const room = await openRoom(this.lessonId);
      if (attempt !== this.attempt || this.over) return;
      this.signalUrl = room.signalUrl;
      const joined = await this.openSignalling({ type: 'join', ticket: room.ticket }, attempt);
      if (!joined) return;
      this.startConnections(room.iceServers, attempt);
      this.welcome(joined, false);
      await this.sendAndReceive(joined);
    } catch (error) {
      if (attempt !== this.attempt || this.over) return;
      if (error instanceof NotLetIn ? finalCloseCodes.has(error.closeCode) : isRefusal(error)) {
        this.close(error instanceof NotLetIn ? whyClosed(error.closeCode) : { problem: error });
        return;
      }
      this.show({ phase: this.snapshot.profile ? 'reconnecting' : 'entering' });
      await wait(failures);
      if (attempt === this.attempt && !this.over) await this.joinAnew(failures + 1);
    }
  }

  private async openSignalling(
    first: { type: 'join'; ticket: string } | { type: 'resume'; secret: string },
    attempt: number,
  ): Promise<Joined | null> {
    const [signalling, joined] = await Signalling.open(this.signalUrl, first, {
      onMessage: (message) => {
        if (attempt === this.attempt) this.hear(message);
      },
      onClose: (code) => {
        if (attempt === this.attempt) void this.socketLost(code);
      },
    });
    if (attempt !== this.attempt || this.over) {
      signalling.close();
      return null;
    }
    this.signalling = signalling;
    this.secret = joined.secret;
    return joined;
  }

  private startConnections(iceServers: RTCIceServer[], attempt: number): void {
    const negotiate = (connection: ConnectionKind, sdp: string, tracks?: Record<string, string>) => this.negotiate(connection, sdp, tracks);
    const events = {
      onLost: () => {
        if (attempt !== this.attempt || this.over) return;
        this.show({ phase: 'reconnecting' });
        void this.joinAnew(0);
      },
    };
    this.publish = new PublishConnection(iceServers, negotiate, events);
    this.subscribe = new SubscribeConnection(iceServers, negotiate, events, (track, media) => this.attach(track, media));
  }

  private async sendAndReceive(joined: Joined): Promise<void> {
    const { publish, subscribe } = this;
    if (!publish || !subscribe) return;
    // Whoever comes third sends in layers, and the two before them when they come in anew: a picture under way is not broken for it.
    publish.layered = joined.participants.filter((other) => other.participantId !== joined.participantId).length >= 2;
    await Promise.all([publish.sendAll(this.local.audio, this.local.video), subscribe.addAll(joined.tracks)]);
    for (const kind of ['audio', 'video'] as const) if (this.muted[kind]) this.signalling?.send({ type: 'mute', kind, muted: true });
  }

  private negotiate(connection: ConnectionKind, sdp: string, tracks?: Record<string, string>): Promise<string> {
    const id = ++this.offers;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error('no answer'));
      }, answerWithinMs);
      this.waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (why) => {
          clearTimeout(timer);
          reject(why);
        },
      });
      this.signalling?.send({ type: 'offer', id, connection, sdp, ...(tracks ? { tracks } : {}) });
    });
  }

  private hear(message: ServerMessage): void {
    switch (message.type) {
      case 'answer':
        this.waiting.get(message.id)?.resolve(message.sdp);
        this.waiting.delete(message.id);
        break;
      case 'error':
        if (message.id === undefined) break;
        this.waiting.get(message.id)?.reject(new Error(message.code));
        this.waiting.delete(message.id);
        break;
      case 'participantJoined':
        this.showRemotes([...this.others(message.participant.participantId), newcomer(message.participant)]);
        break;
      case 'participantLeft':
        this.showRemotes(this.others(message.participantId));
        break;
      case 'trackPublished':
        void this.subscribe?.addAll([message.track]).catch(() => undefined);
        break;
      case 'trackUnpublished':
        this.detach(message.trackId);
        void this.subscribe?.remove(message.trackId).catch(() => undefined);
        break;
      case 'muted':
        this.showRemotes(
          this.snapshot.remotes.map((remote) =>
            remote.participantId !== message.participantId
              ? remote
              : { ...remote, ...(message.kind === 'audio' ? { audioMuted: message.muted } : { videoMuted: message.muted }) },
          ),
        );
        break;
      case 'lessonStarted':
        if (this.snapshot.lesson) this.show({ lesson: { ...this.snapshot.lesson, started: true } });
        break;
      case 'fallback':
        // roomClosed follows, and joining again says where.
        break;
      case 'roomClosed':
        this.close(message.reason);
        break;
      case 'joined':
        break;
    }
  }

  private async socketLost(code: number): Promise<void> {
    if (this.over) return;
    const offering = this.waiting.size > 0;
    for (const offer of this.waiting.values()) offer.reject(new Error('socket lost'));
    this.waiting.clear();
    if (finalCloseCodes.has(code)) {
      this.close(whyClosed(code));
      return;
    }
    const attempt = this.attempt;
    this.show({ phase: 'reconnecting' });
    const mediaLives = !offering && this.publish?.lives && this.subscribe?.lives;
    // A server that stopped (1001) or lost the media (4404) has nothing to resume.
    if (mediaLives && code !== 1001 && code < 4400) {
      try {
        const joined = await this.openSignalling({ type: 'resume', secret: this.secret }, attempt);
        if (joined) {
          this.welcome(joined, true);
          await this.catchUp(joined.tracks);
        }
        return;
      } catch {
        if (attempt !== this.attempt || this.over) return;
      }
    }
    if (attempt === this.attempt) await this.joinAnew(0);
  }

  /** What was published and unpublished while the socket was away. */
  private async catchUp(tracks: Track[]): Promise<void> {
    const { subscribe } = this;
    if (!subscribe) return;
    const now = new Set(tracks.map((track) => track.trackId));
    const had = new Set(subscribe.trackIds());
    for (const gone of [...had].filter((id) => !now.has(id))) void subscribe.remove(gone).catch(() => undefined);
    await subscribe.addAll(tracks.filter((track) => !had.has(track.trackId)));
  }

  private welcome(joined: Joined, keepMedia: boolean): void {
    const before = new Map(this.snapshot.remotes.map((remote) => [remote.participantId, remote]));
    this.show({
      phase: 'inside',
      profile: joined.profile,
      lesson: joined.lesson,
      remotes: joined.participants.map((participant) => {
        const known = keepMedia ? before.get(participant.participantId) : undefined;
        return known ? { ...known, ...participant } : newcomer(participant);
      }),
    });
  }

  private readonly trackOwners = new Map<string, { participantId: string; kind: MediaKind }>();

  private attach(track: Track, media: MediaStreamTrack): void {
    this.trackOwners.set(track.trackId, track);
    this.change(track.participantId, (remote) => {
      const old = remote[track.kind];
      if (old && old !== media) remote.stream.removeTrack(old);
      remote.stream.addTrack(media);
      return { ...remote, [track.kind]: media };
    });
  }

  private detach(trackId: string): void {
    const owner = this.trackOwners.get(trackId);
    if (!owner) return;
    this.trackOwners.delete(trackId);
    this.change(owner.participantId, (remote) => {
      const old = remote[owner.kind];
      if (old) remote.stream.removeTrack(old);
      return { ...remote, [owner.kind]: null };
    });
  }

  private change(participantId: string, how: (remote: Remote) => Remote): void {
    this.showRemotes(this.snapshot.remotes.map((remote) => (remote.participantId === participantId ? how(remote) : remote)));
  }

  private others(participantId: string): Remote[] {
    return this.snapshot.remotes.filter((remote) => remote.participantId !== participantId);
  }

  private dropConnections(): void {
    for (const offer of this.waiting.values()) offer.reject(new Error('given up'));
    this.waiting.clear();
    this.signalling?.close();
    this.publish?.close();
    this.subscribe?.close();
    this.signalling = this.publish = this.subscribe = undefined;
    this.trackOwners.clear();
  }

  private close(because: Snapshot['closedBecause']): void {
    if (this.over) return;
    this.over = true;
    this.dropConnections();
    this.show({ phase: 'closed', remotes: [], closedBecause: because });
  }

  private showRemotes(remotes: Remote[]): void {
    this.show({ remotes });
  }

  private show(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}

function newcomer(participant: Participant): Remote {
  return { ...participant, stream: new MediaStream(), audio: null, video: null };
}

function whyClosed(code: number): Snapshot['closedBecause'] {
  return code === 4409 ? 'replaced' : code === 4403 ? 'roomFull' : code === 4410 ? 'over' : 'left';
}

/** Answers that asking again would not change; the meeting that is still arranged is worth another try. */
function isRefusal(error: unknown): boolean {
  const { status, code } = error as { status?: unknown; code?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429 && code !== 'meeting_not_ready';
}

function wait(failures: number): Promise<void> {
  const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** failures);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
