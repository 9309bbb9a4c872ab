/**
 * Chromium decodes stereo Opus to mono unless its own offer says stereo=1 (measured: without it both tones of a stereo test
 * arrive in both channels). RFC 7587 §7.1: the parameter states what the receiver prefers.
 */
export function preferStereo(sdp: string): string {
  const lines = sdp.split('\r\n');
  const opus = new Set<string>();
  for (const line of lines) {
    const map = /^a=rtpmap:(\d+) opus\/48000/i.exec(line);
    if (map?.[1]) opus.add(map[1]);
  }
  return lines
    .map((line) => {
      const fmtp = /^a=fmtp:(\d+) (.*)$/.exec(line);
      if (!fmtp?.[1] || !opus.has(fmtp[1]) || /(^|;)\s*stereo=/.test(fmtp[2] ?? '')) return line;
      return `${line};stereo=1`;
    })
    .join('\r\n');
}
