import { isDirect, type Path, type TriedPath } from '../wire';
import type { OwnTrack, TestRoom } from './testRoom';

/** One way to the server, tried: its connection stays open until it is closed, for the line is measured over the best one. */
export interface Way {
  tried: TriedPath;
  connection: RTCPeerConnection;
  tracks: OwnTrack[];
  audio: RTCRtpSender;
  video: RTCRtpSender;
  iceServers: RTCIceServer[];
}

export function configuration(path: Path, iceServers: RTCIceServer[]): RTCConfiguration {
  return {
    iceServers,
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
    // Each relay is tried alone: with `all` a direct path would win and say nothing about it.
    iceTransportPolicy: isDirect(path) ? 'all' : 'relay',
  };
}

/** Tries one path with nothing to send yet, so that four at once do not crowd each other. Never rejects. */
export async function tryPath(room: TestRoom, path: Path, iceServers: RTCIceServer[], withinMs: number): Promise<Way> {
  const connection = new RTCPeerConnection(configuration(path, iceServers));
  const audio = connection.addTransceiver('audio', { direction: 'sendonly' }).sender;
  const video = connection.addTransceiver('video', { direction: 'sendonly' }).sender;
  const way: Way = { tried: { path, outcome: 'timed_out' }, connection, tracks: [], audio, video, iceServers };
  const begun = performance.now();
  way.tried.outcome = await new Promise<TriedPath['outcome']>((resolve) => {
    const tooLong = setTimeout(() => resolve('timed_out'), withinMs);
    const settle = (outcome: TriedPath['outcome']) => {
      clearTimeout(tooLong);
      resolve(outcome);
    };
    let candidates = 0;
    let refused = false;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && candidate.candidate !== '') candidates++;
      // A relay that gave no address has nothing to be tried with; the connection's state would stay `new` for ever.
      else if (candidate === null && !isDirect(path) && candidates === 0) settle(refused ? 'refused' : 'failed');
    };
    connection.onicecandidateerror = ({ errorCode }) => {
      refused ||= errorCode === 401 || errorCode === 403 || errorCode === 486;
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'connected') {
        way.tried.setupMilliseconds = Math.min(60_000, Math.round(performance.now() - begun));
        settle('connected');
      } else if (connection.connectionState === 'failed') settle('failed');
    };
    room.negotiate(path, 'publish', connection).then(
      (tracks) => {
        way.tracks = tracks;
      },
      () => settle('failed'),
    );
  });
  if (way.tried.outcome !== 'connected') connection.close();
  return way;
}
