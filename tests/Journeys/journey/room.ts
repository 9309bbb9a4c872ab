import type { Page } from 'playwright-core';
import type { Visitor } from './browser';
import { leftHz, rightHz } from './sound';
import { say } from './texts';

export interface Figures {
  phase: string;
  remotes: { participantId: string; displayName: string; role: string }[];
  inbound: { kind: string; trackIdentifier: string; framesDecoded: number; audioLevel: number; packetsReceived: number; codec: string; fmtp: string }[];
  outbound: { kind: string; rid: string; framesEncoded: number; packetsSent: number; codec: string; fmtp: string }[];
  connected: { publish: string; subscribe: string };
  /** Milliseconds to the server by the timing channel; null without it. */
  ownOneWay: number | null;
}

/** In the green room: a small picture (two browsers share this machine), then the one button. Resolves when inside. */
export async function enterRoom(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  const url = new URL(page.url());
  if (url.searchParams.get('height') === null) {
    url.searchParams.set('height', '360');
    await page.goto(url.href);
  }
  await page.getByRole('button', { name: say(language, 'room:enter'), exact: true }).click();
  await page.locator('.room-stage').waitFor();
}

export async function leaveRoom(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  await page.getByRole('button', { name: say(language, 'room:leave'), exact: true }).click();
  await page.getByText(say(language, 'room:closed.left')).waitFor();
}

export async function comeBack(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  await page.getByRole('button', { name: say(language, 'room:comeBack'), exact: true }).click();
  await enterRoom(visitor);
}

/** What getStats says on this side. */
export function figures(page: Page): Promise<Figures> {
  return page.evaluate(() => {
    const muse = (window as unknown as { __muse?: { figures(): Promise<unknown> } }).__muse;
    if (!muse) throw new Error('not on the room page');
    return muse.figures();
  }) as Promise<Figures>;
}

/** How many pictures went on within half a second. */
export async function movingPictures(page: Page): Promise<number> {
  const pictures = async () => new Map((await figures(page)).inbound.filter(({ kind }) => kind === 'video').map((line) => [line.trackIdentifier, line.framesDecoded]));
  const before = await pictures();
  await page.waitForTimeout(500);
  return [...(await pictures())].filter(([track, frames]) => frames > (before.get(track) ?? frames)).length;
}

export interface MediaSeen {
  framesDecoded: number;
  audioLevel: number;
  audioCodec: string;
  audioFmtp: string;
}

/** Waits until every one of `others` people is seen and heard: that many pictures with `frames` decoded frames, that many sounds. */
export async function seeAndHear(visitor: Visitor, others: number, frames = 30, withinMs = 60_000): Promise<MediaSeen[]> {
  const until = Date.now() + withinMs;
  let last: Figures | undefined;
  while (Date.now() < until) {
    last = await figures(visitor.page);
    const pictures = last.inbound.filter((line) => line.kind === 'video' && line.framesDecoded >= frames);
    const sounds = last.inbound.filter((line) => line.kind === 'audio' && line.audioLevel > 0.01);
    if (pictures.length >= others && sounds.length >= others)
      return pictures.slice(0, others).map((picture, index) => ({
        framesDecoded: picture.framesDecoded,
        audioLevel: sounds[index]!.audioLevel,
        audioCodec: sounds[index]!.codec,
        audioFmtp: sounds[index]!.fmtp,
      }));
    await visitor.page.waitForTimeout(500);
  }
  throw new Error(`${others} people are not seen and heard after ${withinMs / 1000} s: ${JSON.stringify(last)}`);
}

export interface Ears {
  /** dBFS of each tone in each ear. */
  left: { low: number; high: number };
  right: { low: number; high: number };
}

/** Listens to the first remote person with both ears: how strong is each of the two tones on the left and on the right? */
export function listen(page: Page): Promise<Ears> {
  return page.evaluate(
    async ([low, high]) => {
      const video = document.querySelector<HTMLVideoElement>('.room-remote video');
      const stream = video?.srcObject as MediaStream | null;
      const track = stream?.getAudioTracks()[0];
      if (!track) throw new Error('no remote sound on the page');
      const context = new AudioContext({ sampleRate: 48_000 });
      await context.resume();
      const source = context.createMediaStreamSource(new MediaStream([track]));
      const split = context.createChannelSplitter(2);
      source.connect(split);
      const ears = [0, 1].map((channel) => {
        const analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0.5;
        split.connect(analyser, channel);
        return analyser;
      });
      // No named function in here: what the transpiler adds for its name does not exist on the page.
      let heard: { low: number; high: number }[] = [];
      // Until both ears hear a tone that has stopped growing; who hears none says so after ten seconds.
      for (let look = 0, steady = 0; look < 100 && steady < 3; look++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const before = heard;
        heard = ears.map((analyser) => {
          const bins = new Float32Array(analyser.frequencyBinCount);
          analyser.getFloatFrequencyData(bins);
          const [lowDb, highDb] = [low!, high!].map((hz) => {
            const centre = Math.round((hz * analyser.fftSize) / context.sampleRate);
            return Math.max(...bins.slice(centre - 2, centre + 3));
          });
          return { low: lowDb!, high: highDb! };
        });
        const loudest = heard.map((ear) => Math.max(ear.low, ear.high));
        steady = loudest.every((db, ear) => db > -70 && before[ear] !== undefined && Math.abs(db - Math.max(before[ear].low, before[ear].high)) < 1) ? steady + 1 : 0;
      }
      await context.close();
      return { left: heard[0]!, right: heard[1]! };
    },
    [leftHz, rightHz],
  );
}

/** Two tones in two ears: mono would bring both to both. */
export function isStereo(ears: Ears): boolean {
  return ears.left.low > -70 && ears.right.high > -70 && ears.left.low - ears.left.high > 20 && ears.right.high - ears.right.low > 20;
}
