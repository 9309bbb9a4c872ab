/**
 * Chromium decodes stereo Opus to mono unless its own offer says stereo=1 (measured: without it both tones of a stereo test
 * arrive in both channels). RFC 7587 §7.1: the parameter states what the receiver prefers.
 */
export function preferStereo(sdp: string): string {
  return mapOpus(sdp, (parameters) => (/(^|;)\s*stereo=/.test(parameters) ? parameters : `${parameters};stereo=1`));
}

/** The same description with these Opus parameters and no others. */
export function withSoundParameters(sdp: string, parameters: string): string {
  return mapOpus(sdp, () => parameters);
}

/** The Opus parameters of a description in alphabetical order (browsers write them anew in their own); null when there are none. */
export function soundParametersOf(sdp: string): string | null {
  let found: string | null = null;
  mapOpus(sdp, (parameters) => {
    found ??= parameters
      .split(';')
      .map((each) => each.trim())
      .sort()
      .join(';');
    return parameters;
  });
  return found;
}

function mapOpus(sdp: string, how: (parameters: string) => string): string {
  const lines = sdp.split('\r\n');
  const opus = new Set<string>();
  for (const line of lines) {
    const map = /^a=rtpmap:(\d+) opus\/48000/i.exec(line);
    if (map?.[1]) opus.add(map[1]);
  }
  return lines
    .map((line) => {
      const fmtp = /^a=fmtp:(\d+) (.*)$/.exec(line);
      return fmtp?.[1] && opus.has(fmtp[1]) ? `a=fmtp:${fmtp[1]} ${how(fmtp[2] ?? '')}` : line;
    })
    .join('\r\n');
}
