import { writeFileSync } from 'node:fs';

export const leftHz = 440;
export const rightHz = 1320;

/** A stereo WAV file with another tone in each ear: what a fake microphone plays, so that the other side can tell stereo from mono. */
export function writeTwoTones(file: string, seconds = 4, sampleRate = 48_000): void {
  const frames = seconds * sampleRate;
  const wav = Buffer.alloc(44 + frames * 4);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + frames * 4, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 4, 28);
  wav.writeUInt16LE(4, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(frames * 4, 40);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / sampleRate;
    wav.writeInt16LE(Math.round(8_000 * Math.sin(2 * Math.PI * leftHz * time)), 44 + frame * 4);
    wav.writeInt16LE(Math.round(8_000 * Math.sin(2 * Math.PI * rightHz * time)), 46 + frame * 4);
  }
  writeFileSync(file, wav);
}
