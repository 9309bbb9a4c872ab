import Hls from 'hls.js';
import { BackOff } from '../room/media/backOff';
import { isSilent, withMute, withSolo, type Heard } from './heard';
import { needsTap, toldAfterWaiting, troubleOf, type Trouble } from './line';
import { nudged, roundFrom, tapped, type Loop } from './loop';
import { Pictures } from './pictures';
import type { Review, ReviewSide } from './queries';
import { correction, ownTime } from './together';

export interface Shown extends Heard {
  /** Seconds into the recording. */
  at: number;
  playing: boolean;
  /** It would play, and waits for the line. */
  waits: boolean;
  /** For so long that it is said. */
  isLoading: boolean;
  trouble: Trouble | null;
  rate: number;
  loop: Loop | null;
}

interface Player {
  element: HTMLMediaElement;
  pictures: Pictures;
  hls: Hls | null;
  /** One after another, without a piece that came between them. */
  failures: number;
  pace: BackOff;
  release: () => void;
}

/** Seconds by which a side that stands may be beside its time: less than any picture lasts. */
const exactly = 0.005;

/** Plays the sides of a recording as one: a clock of its own, which stands while any of them waits for the line, and by which each is set. */
export class Playback {
  private readonly players = new Map<number, Player>();
  private readonly listeners = new Set<() => void>();
  private readonly timer: number;
  private ticked = performance.now();
  private waitsSince = 0;
  private address: string;
  private shown: Shown;

  private readonly sides: readonly ReviewSide[];

  /** Seconds. */
  readonly length: number;

  constructor(review: Review, at: number) {
    this.sides = review.sides;
    this.address = review.address;
    this.length = review.length / 1000;
    this.shown = {
      at: Math.min(Math.max(at, 0), this.length), playing: false, waits: false, isLoading: false, trouble: null, rate: 1, loop: null, solo: null, muted: [],
    };
    this.timer = window.setInterval(() => this.tick(), 50);
    window.addEventListener('online', this.hurry);
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.shown;

  /** The address was made anew: what is asked for from now on is asked for there. */
  renew(address: string) {
    if (address === this.address) return;
    this.address = address;
    if (this.shown.trouble) this.again();
  }

  attach(index: number, element: HTMLVideoElement) {
    this.detach(index);
    const failed = () => void this.failed(index, 0);
    element.addEventListener('error', failed);
    const pictures = new Pictures(element);
    const release = () => {
      element.removeEventListener('error', failed);
      pictures.release();
    };
    this.players.set(index, { element, pictures, hls: null, failures: 0, pace: new BackOff(), release });
    this.load(index);
    this.sound();
  }

  private load(index: number) {
    const player = this.players.get(index)!;
    const side = this.sides[index]!;
    const url = this.address + side.playlist;
    player.hls?.destroy();
    player.hls = null;
    if (!Hls.isSupported()) {
      // Safari plays it by itself.
      player.element.src = url;
      return;
    }
    const hls = new Hls({
      maxBufferLength: 20,
      backBufferLength: 60,
      startPosition: ownTime(side, this.shown.at) ?? 0,
      xhrSetup: (xhr, asked) => xhr.open('GET', asked.replace(/\/v1\/viewings\/[^/]+\//, this.address), true),
    });
    // What was sent, where the browser plays it: by its rate alone AAC, made of it afterwards, would look better.
    hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
      const isSent = levels.map(({ audioCodec, videoCodec }) => (audioCodec ?? videoCodec ?? '').toLowerCase() !== 'mp4a.40.2');
      if (isSent.includes(true)) for (let i = levels.length - 1; i >= 0; i--) if (!isSent[i]) hls.removeLevel(i);
    });
    hls.on(Hls.Events.FRAG_BUFFERED, () => this.arrived(player));
    hls.on(Hls.Events.ERROR, (_, { type, fatal, response }) => {
      const status = response?.code ?? 0;
      if (type === Hls.ErrorTypes.NETWORK_ERROR && (fatal || troubleOf(status, 0) === 'refused')) void this.failed(index, status);
      else if (fatal && type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else if (fatal) void this.failed(index, 0);
    });
    hls.loadSource(url);
    hls.attachMedia(player.element);
    player.hls = hls;
  }

  /** It is loaded from the beginning of the list on: what hls.js gives up, a list above all, it does not ask for again by itself. */
  private async failed(index: number, status: number) {
    const player = this.players.get(index);
    if (!player) return;
    player.hls?.destroy();
    player.hls = null;
    const trouble = troubleOf(status, ++player.failures);
    if (trouble) this.show({ trouble });
    if (trouble === 'refused') {
      this.show({ playing: false, waits: false, isLoading: false });
      return;
    }
    await player.pace.wait(player.failures - 1);
    if (this.players.get(index) === player && this.shown.trouble !== 'refused') this.load(index);
  }

  private arrived(player: Player) {
    player.failures = 0;
    if (this.shown.trouble === 'line' && [...this.players.values()].every(({ failures }) => troubleOf(0, failures) === null)) this.show({ trouble: null });
  }

  /** The line may be back. */
  private readonly hurry = () => {
    for (const { pace } of this.players.values()) pace.hurry();
  };

  /** A person wants to know now. */
  readonly again = () => {
    this.show({ trouble: null });
    for (const [index, player] of this.players) {
      player.failures = 0;
      player.pace.hurry();
      if (!player.hls) this.load(index);
    }
  };

  detach(index: number) {
    const player = this.players.get(index);
    if (!player) return;
    this.players.delete(index);
    player.hls?.destroy();
    player.release();
    player.element.removeAttribute('src');
  }

  dispose() {
    clearInterval(this.timer);
    window.removeEventListener('online', this.hurry);
    for (const index of [...this.players.keys()]) this.detach(index);
  }

  play(playing = !this.shown.playing) {
    const at = playing && this.shown.at >= this.length ? 0 : this.shown.at;
    this.ticked = performance.now();
    this.show({ playing, at });
    this.tick();
  }

  readonly seek = (at: number) => {
    this.show({ at: Math.min(Math.max(at, 0), this.length) });
    this.tick();
  };

  readonly here = () => this.shown.at;

  /** To a place that will be played again: it is where a loop begins, and the one of before is over. */
  readonly from = (at: number) => {
    this.show({ loop: { a: at, b: null } });
    this.seek(at);
  };

  by(seconds: number) {
    this.seek(this.shown.at + seconds);
  }

  /** The next picture or the one before, of whoever is seen first. */
  async frame(direction: 1 | -1) {
    this.show({ playing: false });
    const index = this.sides.findIndex((side) => side.hasPicture && ownTime(side, this.shown.at) !== null);
    const player = this.players.get(index);
    if (!player) return;
    const own = this.sides[index]!.from / 1000;
    await player.pictures.turn(direction, this.shown.at - own, (at) => this.seek(at + own));
  }

  speed(rate: number) {
    this.show({ rate: Math.min(Math.max(Math.round(rate * 20) / 20, 0.25), 1) });
    this.tick();
  }

  tapLoop() {
    this.show({ loop: tapped(this.shown.loop, this.shown.at) });
  }

  readonly nudge = (end: 'a' | 'b', by: number) => {
    const { loop } = this.shown;
    if (loop) this.show({ loop: nudged(loop, end, by, this.length) });
  };

  solo(index: number) {
    if (this.sides[index]?.hasSound) this.show(withSolo(this.shown, index));
    this.sound();
  }

  mute(index: number) {
    if (this.sides[index]?.hasSound) this.show(withMute(this.shown, index));
    this.sound();
  }

  private sound() {
    for (const [index, { element }] of this.players) element.muted = isSilent(this.shown, index);
  }

  private tick() {
    const now = performance.now();
    const passed = Math.min((now - this.ticked) / 1000, 1);
    this.ticked = now;
    const { playing, rate, loop } = this.shown;
    const waits = playing && [...this.players].some(([index, { element }]) => ownTime(this.sides[index]!, this.shown.at) !== null && (element.seeking || element.readyState < 3) && !element.ended);
    if (!waits) this.waitsSince = now;
    const isLoading = waits && now - this.waitsSince > toldAfterWaiting * 1000;
    let { at } = this.shown;
    if (playing && !waits) at = Math.min(at + passed * rate, this.length);
    at = playing ? (roundFrom(loop, at) ?? at) : at;
    const isOver = playing && at >= this.length;
    for (const [index, { element }] of this.players) this.set(element, ownTime(this.sides[index]!, at), playing && !waits && !isOver);
    if (at !== this.shown.at || waits !== this.shown.waits || isLoading !== this.shown.isLoading || isOver) this.show({ at, waits, isLoading, playing: playing && !isOver });
  }

  private set(element: HTMLMediaElement, own: number | null, runs: boolean) {
    if (own === null || element.readyState < 1) {
      if (!element.paused) element.pause();
      return;
    }
    const { rate } = this.shown;
    if (runs && element.paused && !element.ended) void element.play().catch((error: unknown) => needsTap(error) && this.show({ playing: false }));
    if (!runs && !element.paused) element.pause();
    const put = correction(own, element.currentTime, rate);
    if ('seek' in put || !runs) {
      const there = Number.isFinite(element.duration) ? Math.min(own, element.duration) : own;
      if (Math.abs(element.currentTime - there) > exactly && !element.seeking) element.currentTime = there;
      if (element.playbackRate !== rate) element.playbackRate = rate;
    } else if (element.playbackRate !== put.rate) {
      element.playbackRate = put.rate;
    }
  }

  private show(change: Partial<Shown>) {
    this.shown = { ...this.shown, ...change };
    for (const listener of this.listeners) listener();
  }
}
