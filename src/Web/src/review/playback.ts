import Hls from 'hls.js';
import { roundFrom, tapped, type Loop } from './loop';
import type { Review, ReviewSide } from './queries';
import { correction, ownTime } from './together';

export interface Shown {
  /** Seconds into the recording. */
  at: number;
  playing: boolean;
  /** It would play, and waits for the line. */
  waits: boolean;
  rate: number;
  loop: Loop | null;
  /** Index of the only side that is heard; null: all. */
  solo: number | null;
  muted: readonly number[];
}

const step = 1 / 30;

/** Plays the sides of a recording as one: a clock of its own, which stands while any of them waits for the line, and by which each is set. */
export class Playback {
  private readonly players = new Map<number, { element: HTMLMediaElement; hls: Hls | null }>();
  private readonly listeners = new Set<() => void>();
  private readonly timer: number;
  private ticked = performance.now();
  private address: string;
  private shown: Shown;

  private readonly sides: readonly ReviewSide[];

  /** Seconds. */
  readonly length: number;

  constructor(review: Review, at: number) {
    this.sides = review.sides;
    this.address = review.address;
    this.length = review.length / 1000;
    this.shown = { at: Math.min(Math.max(at, 0), this.length), playing: false, waits: false, rate: 1, loop: null, solo: null, muted: [] };
    this.timer = window.setInterval(() => this.tick(), 50);
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.shown;

  /** The address was made anew: what is asked for from now on is asked for there. */
  renew(address: string) {
    this.address = address;
  }

  attach(index: number, element: HTMLMediaElement) {
    this.detach(index);
    const side = this.sides[index]!;
    const url = this.address + side.playlist;
    let hls: Hls | null = null;
    if (Hls.isSupported()) {
      hls = new Hls({
        maxBufferLength: 20,
        backBufferLength: 60,
        startPosition: ownTime(side, this.shown.at) ?? 0,
        xhrSetup: (xhr, asked) => xhr.open('GET', asked.replace(/\/v1\/viewings\/[^/]+\//, this.address), true),
      });
      // What was sent, where the browser plays it: by its rate alone AAC, made of it afterwards, would look better.
      hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
        const isSent = levels.map(({ audioCodec, videoCodec }) => (audioCodec ?? videoCodec ?? '').toLowerCase() !== 'mp4a.40.2');
        if (isSent.includes(true)) for (let i = levels.length - 1; i >= 0; i--) if (!isSent[i]) hls?.removeLevel(i);
      });
      hls.on(Hls.Events.ERROR, (_, error) => {
        if (!error.fatal) return;
        if (error.type === Hls.ErrorTypes.MEDIA_ERROR) hls?.recoverMediaError();
        else if (error.type === Hls.ErrorTypes.NETWORK_ERROR) hls?.startLoad();
      });
      hls.loadSource(url);
      hls.attachMedia(element);
    } else {
      // Safari plays it by itself.
      element.src = url;
    }
    this.players.set(index, { element, hls });
    this.sound();
  }

  detach(index: number) {
    const player = this.players.get(index);
    if (!player) return;
    this.players.delete(index);
    player.hls?.destroy();
    player.element.removeAttribute('src');
  }

  dispose() {
    clearInterval(this.timer);
    for (const index of [...this.players.keys()]) this.detach(index);
  }

  play(playing = !this.shown.playing) {
    const at = playing && this.shown.at >= this.length ? 0 : this.shown.at;
    this.ticked = performance.now();
    this.show({ playing, at });
    this.tick();
  }

  seek(at: number) {
    this.show({ at: Math.min(Math.max(at, 0), this.length) });
    this.tick();
  }

  readonly here = () => this.shown.at;

  /** To a place that will be played again: it is where a loop begins, and the one of before is over. */
  readonly from = (at: number) => {
    this.show({ loop: { a: at, b: null } });
    this.seek(at);
  };

  by(seconds: number) {
    this.seek(this.shown.at + seconds);
  }

  /** A picture on or back. */
  frame(direction: 1 | -1) {
    this.show({ playing: false });
    this.seek(this.shown.at + direction * step);
  }

  speed(rate: number) {
    this.show({ rate });
    this.tick();
  }

  tapLoop() {
    this.show({ loop: tapped(this.shown.loop, this.shown.at) });
  }

  solo(index: number) {
    this.show({ solo: this.shown.solo === index ? null : index });
    this.sound();
  }

  mute(index: number) {
    const { muted } = this.shown;
    this.show({ muted: muted.includes(index) ? muted.filter((one) => one !== index) : [...muted, index] });
    this.sound();
  }

  private sound() {
    const { solo, muted } = this.shown;
    for (const [index, { element }] of this.players) element.muted = (solo !== null && solo !== index) || muted.includes(index);
  }

  private tick() {
    const now = performance.now();
    const passed = Math.min((now - this.ticked) / 1000, 1);
    this.ticked = now;
    const { playing, rate, loop } = this.shown;
    const waits = playing && [...this.players].some(([index, { element }]) => ownTime(this.sides[index]!, this.shown.at) !== null && (element.seeking || element.readyState < 3) && !element.ended);
    let { at } = this.shown;
    if (playing && !waits) at = Math.min(at + passed * rate, this.length);
    at = playing ? (roundFrom(loop, at) ?? at) : at;
    const isOver = playing && at >= this.length;
    for (const [index, { element }] of this.players) this.set(element, ownTime(this.sides[index]!, at), playing && !waits && !isOver);
    if (at !== this.shown.at || waits !== this.shown.waits || isOver) this.show({ at, waits, playing: playing && !isOver });
  }

  private set(element: HTMLMediaElement, own: number | null, runs: boolean) {
    if (own === null || element.readyState < 1) {
      if (!element.paused) element.pause();
      return;
    }
    const { rate } = this.shown;
    if (runs && element.paused && !element.ended) void element.play().catch(() => this.show({ playing: false }));
    if (!runs && !element.paused) element.pause();
    const put = correction(own, element.currentTime, rate);
    if ('seek' in put || !runs) {
      if (Math.abs(element.currentTime - own) > step / 2 && !element.seeking) element.currentTime = own;
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
