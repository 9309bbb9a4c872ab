import type { Joined, MediaKind, Participant, PictureState, Recording, ServerMessage, WaitingPerson } from './protocol';

/** What everybody in the room is shown beside the pictures themselves. */
export interface Stage {
  self: Participant | null;
  spotlight: string | null;
  speaker: string | null;
  /** Milliseconds from each person to the server. */
  oneWay: ReadonlyMap<string, number>;
  /** Milliseconds from this person to the server by the page's own pings over the timing channel; null without it: then the server's count. */
  ownOneWay: number | null;
  /** trackId → what became of its picture; absent = the best there is. */
  pictures: ReadonlyMap<string, PictureState>;
  /** Null for those who do not keep the door. */
  doorClosed: boolean | null;
  waiting: readonly WaitingPerson[];
  recording: Recording;
}

const notRecorded: Recording = { state: 'off', for: [], soundOnly: [] };

export const emptyStage: Stage = {
  self: null,
  spotlight: null,
  speaker: null,
  oneWay: new Map(),
  ownOneWay: null,
  pictures: new Map(),
  doorClosed: null,
  waiting: [],
  recording: notRecorded,
};

export function stageOf(joined: Joined, before: Stage): Stage {
  return {
    self: joined.self,
    spotlight: joined.spotlight ?? null,
    speaker: joined.speaker ?? null,
    oneWay: delays(joined.delays),
    ownOneWay: before.ownOneWay,
    pictures: before.pictures,
    doorClosed: joined.doorClosed ?? null,
    waiting: joined.waiting ?? [],
    recording: joined.recording ?? notRecorded,
  };
}

/** The stage after a message; the same object when the message changes nothing of it. */
export function heed(stage: Stage, message: ServerMessage): Stage {
  switch (message.type) {
    case 'spotlight':
      return { ...stage, spotlight: message.participantId ?? null };
    case 'speaker':
      return { ...stage, speaker: message.participantId ?? null };
    case 'delays':
      return { ...stage, oneWay: delays(message.oneWay) };
    case 'picture':
      return { ...stage, pictures: new Map(stage.pictures).set(message.trackId, message.state) };
    case 'trackUnpublished': {
      const pictures = new Map(stage.pictures);
      return pictures.delete(message.trackId) ? { ...stage, pictures } : stage;
    }
    case 'door':
      return { ...stage, doorClosed: message.closed };
    case 'waitingPeople':
      return { ...stage, waiting: message.people };
    case 'recording':
      return { ...stage, recording: message.recording };
    case 'silenced':
      return stage.self?.participantId === message.participantId ? { ...stage, self: silenced(stage.self, message.kind, message.silenced) } : stage;
    default:
      return stage;
  }
}

export function silenced<T extends Participant>(person: T, kind: MediaKind, is: boolean): T {
  return { ...person, ...(kind === 'audio' ? { audioSilenced: is } : { videoSilenced: is }) };
}

/** The stage after a measurement; the same object when nobody would see a difference. */
export function measured(stage: Stage, ms: number | null): Stage {
  const before = stage.ownOneWay;
  return before === ms || (before !== null && ms !== null && Math.abs(before - ms) < 0.5) ? stage : { ...stage, ownOneWay: ms };
}

/** One way between two people in whole milliseconds; null while one of them is not known yet. */
export function delayBetween(stage: Stage, one: string, other: string): number | null {
  const from = (id: string) => (id === stage.self?.participantId ? (stage.ownOneWay ?? stage.oneWay.get(id)) : stage.oneWay.get(id));
  const [a, b] = [from(one), from(other)];
  return a === undefined || b === undefined ? null : Math.round(a + b);
}

function delays(oneWay: { participantId: string; milliseconds: number }[]): ReadonlyMap<string, number> {
  return new Map(oneWay.map(({ participantId, milliseconds }) => [participantId, milliseconds]));
}
