import { BackOff } from './backOff';
import type { HeldElsewhere, OpenedRoom } from './joining';
import { Offers } from './offers';
import type { ClientMessage, CloseReason, ConnectionKind, Joined, MediaKind, Participant, Profile, ServerMessage, Track } from './protocol';
import { finalCloseCodes, protocol } from './protocol';
import { JoinClock } from './measuring';
import { Measuring } from './measures';
import { PublishConnection } from './publishConnection';
import { NotLetIn, Signalling } from './signalling';
import { emptyStage, heed, measured, silenced, stageOf, type Stage } from './stage';
import type { Health } from './stuck';
import { SubscribeConnection } from './subscribeConnection';
import { ViewSizes } from './viewSizes';
import { onWaking } from './waking';

export interface Remote extends Participant {
  /** Always the same object as long as the person stays, so that the picture does not blink. */
  stream: MediaStream;
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  /** The server's name of the picture's track. */
  videoTrackId: string | null;
}

export type Phase = 'entering' | 'waiting' | 'inside' | 'reconnecting' | 'closed';

export interface Snapshot {
  phase: Phase;
  remotes: Remote[];
  profile: Profile | null;
  lesson: Joined['lesson'] | null;
  stage: Stage;
  /** Why it is closed: the server's word, a problem's code, or `left`. */
  closedBecause: CloseReason | 'left' | 'replaced' | 'roomFull' | 'notAdmitted' | 'outdated' | { problem: unknown } | null;
}

/**
 * A person's stay in a room, across lost sockets, failed connections and server restarts: resumes the socket when only that is lost,
 * and joins anew when the media is.
 */
export class RoomClient {
  private readonly openRoom: () => Promise<OpenedRoom>;
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot = { phase: 'entering', remotes: [], profile: null, lesson: null, stage: emptyStage, closedBecause: null };
  private signalling: Signalling | undefined;
  private publish: PublishConnection | undefined;
  private subscribe: SubscribeConnection | undefined;
  private secret = '';
  private signalUrl = '';
  private resumeWithinMs = 0;
  private readonly offers = new Offers();
  private readonly backOff = new BackOff();
  private readonly views = new ViewSizes((trackId, height) => this.signalling?.send({ type: 'view', trackId, height }));
  private readonly measuring = new Measuring((message) => this.signalling?.send(message));
  private stopWatching: (() => void) | undefined;
  private readonly local: Record<MediaKind, MediaStreamTrack | null> = { audio: null, video: null };
  private readonly muted: Record<MediaKind, boolean> = { audio: false, video: false };
  /** Counts the attempts, so that what belongs to an earlier one is not taken for today's. */
  private attempt = 0;
  /** Both connections of this attempt have had their first answers: from here on a lost socket can be resumed. */
  private settled = false;
  private over = false;

  constructor(openRoom: () => Promise<OpenedRoom>) {
    this.openRoom = openRoom;
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
    this.stopWatching ??= onWaking(() => {
      this.backOff.hurry();
      this.signalling?.look(true);
    });
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

  /** What the tutor directs; the server says what came of it, to everybody. */
  direct(what: Extract<ClientMessage, { type: 'silence' | 'spotlight' | 'door' | 'admit' | 'refuse' | 'record' | 'endLesson' }>): void {
    this.signalling?.send(what);
  }

  /** A person's picture takes so many lines of the screen. */
  view(participantId: string, height: number): void {
    this.views.show(participantId, height);
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
      const clock = new JoinClock(performance.now());
      const room = await this.openRoom();
      clock.ticket(performance.now());
      if (attempt !== this.attempt || this.over) return;
      this.signalUrl = room.signalUrl;
      const joined = await this.openSignalling({ type: 'join', ticket: room.ticket, protocol }, attempt);
      if (!joined) return;
      clock.joined(performance.now());
      this.startConnections(room.iceServers, attempt, joined.timing === true);
      this.welcome(joined, false);
      await this.sendAndReceive(joined);
      if (attempt === this.attempt && !this.over)
        this.measuring.begin(joined, clock, this.subscribe, this.publish, () => this.local.audio?.getSettings());
    } catch (error) {
      if (attempt !== this.attempt || this.over) return;
      if (error instanceof NotLetIn ? finalCloseCodes.has(error.closeCode) : isRefusal(error)) {
        this.close(error instanceof NotLetIn ? whyClosed(error.closeCode) : { problem: error });
        return;
      }
      this.show({ phase: this.snapshot.profile ? 'reconnecting' : 'entering' });
      await this.backOff.wait(failures);
      if (attempt === this.attempt && !this.over) await this.joinAnew(failures + 1);
    }
  }

  private async openSignalling(
    first: Extract<ClientMessage, { type: 'join' | 'resume' }>,
    attempt: number,
  ): Promise<Joined | null> {
    const [signalling, joined] = await Signalling.open(this.signalUrl, first, {
      onMessage: (message) => {
        if (attempt === this.attempt) this.hear(message);
      },
      onWaiting: (waiting) => {
        if (attempt !== this.attempt || this.over) return waiting.close();
        this.signalling = waiting;
        this.show({ phase: 'waiting' });
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
    this.resumeWithinMs = joined.resumeWithin * 1000;
    return joined;
  }

  private startConnections(iceServers: RTCIceServer[], attempt: number, hasTiming: boolean): void {
    const negotiate = (connection: ConnectionKind, sdp: string, tracks?: Record<string, string>) => this.negotiate(connection, sdp, tracks);
    const events = {
      onLost: () => {
        if (attempt !== this.attempt || this.over) return;
        this.show({ phase: 'reconnecting' });
        void this.joinAnew(0);
      },
    };
    this.publish = new PublishConnection(iceServers, negotiate, events);
    const timing = {
      onOneWay: (ms: number | null) => {
        const stage = measured(this.snapshot.stage, ms);
        if (attempt === this.attempt && !this.over && stage !== this.snapshot.stage) this.show({ stage });
      },
    };
    this.subscribe = new SubscribeConnection(iceServers, negotiate, events, (track, media) => this.attach(track, media), hasTiming ? timing : null);
  }

  private async sendAndReceive(joined: Joined): Promise<void> {
    const { publish, subscribe } = this;
    if (!publish || !subscribe) return;
    this.sendFor(joined.participants.filter((other) => other.participantId !== joined.participantId).length);
    await Promise.all([publish.sendAll(this.local.audio, this.local.video), subscribe.addAll(joined.tracks)]);
    for (const kind of ['audio', 'video'] as const) if (this.muted[kind]) this.signalling?.send({ type: 'mute', kind, muted: true });
    this.settled = true;
  }

  private sendFor(viewers: number): void {
    // Where layers are refused the single picture goes on.
    if (viewers >= 2) void this.publish?.sendInLayers().catch(() => undefined);
  }

  private negotiate(connection: ConnectionKind, sdp: string, tracks?: Record<string, string>): Promise<string> {
    return this.offers.make(connection, (id) => this.signalling?.send({ type: 'offer', id, connection, sdp, ...(tracks ? { tracks } : {}) }));
  }

  private hear(message: ServerMessage): void {
    const stage = heed(this.snapshot.stage, message);
    if (stage !== this.snapshot.stage) this.show({ stage });
    switch (message.type) {
      case 'answer':
        this.offers.answer(message.id, message.sdp);
        break;
      case 'error':
        if (message.id !== undefined) this.offers.refuse(message.id, new Error(message.code));
        break;
      case 'participantJoined':
        this.showRemotes([...this.others(message.participant.participantId), newcomer(message.participant)]);
        this.sendFor(this.snapshot.remotes.length);
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
        this.change(message.participantId, (remote) => ({
          ...remote,
          ...(message.kind === 'audio' ? { audioMuted: message.muted } : { videoMuted: message.muted }),
        }));
        break;
      case 'silenced':
        this.change(message.participantId, (remote) => silenced(remote, message.kind, message.silenced));
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
      default:
        break;
    }
  }

  private async socketLost(code: number): Promise<void> {
    if (this.over) return;
    const unanswered = this.offers.giveUp('socket lost');
    if (finalCloseCodes.has(code)) {
      this.close(whyClosed(code));
      return;
    }
    const attempt = this.attempt;
    this.show({ phase: 'reconnecting' });
    // A server that stopped (1001) or closed for a reason of its own has nothing to resume.
    const resumed = this.settled && code !== 1001 && code < 4400 && (await this.resume(attempt, unanswered));
    if (!resumed && attempt === this.attempt && !this.over) await this.joinAnew(0);
  }

  /** Takes the seat back on a new socket, as long as the server keeps it and the media lives; nothing is negotiated anew. */
  private async resume(attempt: number, unanswered: Set<ConnectionKind>): Promise<boolean> {
    const until = performance.now() + this.resumeWithinMs;
    for (let failures = 0; this.publish?.lives && this.subscribe?.lives && performance.now() < until; failures++) {
      try {
        const joined = await this.openSignalling({ type: 'resume', secret: this.secret }, attempt);
        if (!joined) return false;
        this.welcome(joined, true);
        this.sendFor(this.snapshot.remotes.length);
        // Offers whose answers were lost are made again; nothing else is.
        for (const kind of unanswered) void this[kind]?.offer().catch(() => undefined);
        await this.catchUp(joined.tracks);
        return true;
      } catch (error) {
        if (attempt !== this.attempt || this.over) return false;
        if (!(error instanceof NotLetIn) || error.closeCode >= 4400) return false;
        await this.backOff.wait(failures);
        if (attempt !== this.attempt || this.over) return false;
      }
    }
    return false;
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
      stage: stageOf(joined, keepMedia ? this.snapshot.stage : emptyStage),
      remotes: joined.participants.map((participant) => {
        const known = keepMedia ? before.get(participant.participantId) : undefined;
        return known ? { ...known, ...participant } : newcomer(participant);
      }),
    });
  }

  private readonly trackOwners = new Map<string, Track & { media: MediaStreamTrack }>();

  private attach(track: Track, media: MediaStreamTrack): void {
    this.trackOwners.set(track.trackId, { ...track, media });
    if (track.kind === 'video') this.views.attached(track.participantId, track.trackId);
    this.change(track.participantId, (remote) => {
      const old = remote[track.kind];
      if (old && old !== media) remote.stream.removeTrack(old);
      remote.stream.addTrack(media);
      return { ...remote, [track.kind]: media, ...(track.kind === 'video' ? { videoTrackId: track.trackId } : {}) };
    });
  }

  private detach(trackId: string): void {
    const owner = this.trackOwners.get(trackId);
    if (!owner) return;
    this.trackOwners.delete(trackId);
    this.views.detached(trackId);
    this.change(owner.participantId, (remote) => {
      // Another track may have taken its place before it went.
      if (remote[owner.kind] !== owner.media) return remote;
      remote.stream.removeTrack(owner.media);
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
    this.offers.giveUp('given up');
    this.measuring.end();
    this.settled = false;
    this.views.reset();
    this.signalling?.close();
    this.publish?.close();
    this.subscribe?.close();
    this.signalling = this.publish = this.subscribe = undefined;
    this.trackOwners.clear();
  }

  private close(because: Snapshot['closedBecause']): void {
    if (this.over) return;
    this.over = true;
    this.stopWatching?.();
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
  return { ...participant, stream: new MediaStream(), audio: null, video: null, videoTrackId: null };
}

function whyClosed(code: number): Snapshot['closedBecause'] {
  return code === 4409 ? 'replaced' : code === 4403 ? 'roomFull' : code === 4406 ? 'notAdmitted' : code === 4426 ? 'outdated' : code === 4410 ? 'over' : 'left';
}

/** Answers that asking again would not change; the meeting that is still arranged is worth another try. */
function isRefusal(error: unknown): boolean {
  const { status, code } = error as { status?: unknown; code?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429 && code !== 'meeting_not_ready';
}
