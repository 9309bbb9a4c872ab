import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';

const program = '/usr/bin/whip-client';
const plugins = '/usr/lib/x86_64-linux-gnu/gstreamer-1.0';

// Of all that may be installed only what it needs: scanning the rest takes longer than the test.
const needed = ['webrtc', 'nice', 'dtls', 'srtp', 'rtp', 'rtpmanager', 'vpx', 'opus', 'coreelements', 'audiotestsrc', 'videotestsrc', 'audioconvert', 'audioresample',
  'videoconvertscale', 'sctp'].map((name) => `libgst${name}.so`);

// Debian 12's own build loads libsoup 2 itself and libsoup 3 through libnice's port mapping (UPnP), and stops: it gets an empty port mapping.
const noPortMapping = `unsigned long gupnp_simple_igd_get_type(void) { return 0; }
void *gupnp_simple_igd_thread_new(void) { return 0; }
void gupnp_simple_igd_add_port(void) {}
void gupnp_simple_igd_remove_port_local(void) {}
`;

/** Why Debian's WHIP client cannot run here, or null. */
export const whipClientMissing: string | null = !existsSync(program) ? 'whip-client is missing (Debian’s package simple-whip-client)'
  : !needed.every((file) => existsSync(path.join(plugins, file))) ? 'GStreamer’s plugins for it are missing'
    : !existsSync('/usr/bin/cc') ? 'a C compiler is missing (Debian’s package gcc)'
      : !Object.values(networkInterfaces()).flat().some((own) => own && !own.internal && own.family === 'IPv4') ? 'only loopback is up, which libnice does not use' : null;

export interface WhipClient {
  /** What it has printed so far. */
  printed(): string;
  stop(): void;
}

/** An encoder of other people (GStreamer): a ball and a tone go to this address by this key. */
export function startWhipClient(url: string, token: string): WhipClient {
  const folder = mkdtempSync(path.join(tmpdir(), 'muse-whip-'));
  const own = path.join(folder, 'plugins');
  mkdirSync(own);
  writeFileSync(path.join(folder, 'port-mapping.c'), noPortMapping);
  execFileSync('cc', ['-shared', '-fPIC', '-Wl,-soname,libgupnp-igd-1.0.so.4', '-o', path.join(folder, 'libgupnp-igd-1.0.so.4'), path.join(folder, 'port-mapping.c')]);
  for (const file of needed) symlinkSync(path.join(plugins, file), path.join(own, file));
  const child = spawn(program, [
    '-o', '-u', url, '-t', token,
    '-A', 'audiotestsrc is-live=true wave=sine ! audioconvert ! audioresample ! queue ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue ! application/x-rtp,media=audio,encoding-name=OPUS,payload=100',
    '-V', 'videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=15/1 ! videoconvert ! queue ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay pt=96 ssrc=2 ! queue ! application/x-rtp,media=video,encoding-name=VP8,payload=96',
  ], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LD_LIBRARY_PATH: folder, GST_PLUGIN_SYSTEM_PATH_1_0: own, GST_REGISTRY_1_0: path.join(folder, 'registry.bin') },
  });
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return {
    printed: () => text,
    stop() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
