import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api, told } from '../api/client';
import type { Lesson } from '../api/types';
import { FallbackOffer, useStuck } from './FallbackOffer';
import { GreenRoom } from './GreenRoom';
import { LessonRoom } from './LessonRoom';
import { HeldElsewhere } from './media/joining';
import type { Snapshot } from './media/roomClient';
import { RoomClient } from './media/roomClient';
import { OwnPicture } from './OwnPicture';
import { placeOf, type RoomPlace } from './place';
import { textOf } from './refusal';
import { exposeForJourneys } from './testData';
import { useLocalMedia, type OwnMedia } from './useLocalMedia';
import './room.css';

export default function RoomPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('room');
  const [lesson, setLesson] = useState<Lesson | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const place = useMemo(() => (lesson ? placeOf(lesson) : null), [lesson]);

  useEffect(() => {
    const gone = new AbortController();
    const asked: Promise<Lesson> = told(api.GET('/v1/lessons/{id}', { params: { path: { id } }, signal: gone.signal }));
    asked.then(setLesson, (why: unknown) => {
      if (!gone.signal.aborted) setProblem(why);
    });
    return () => gone.abort();
  }, [id]);

  if (problem) return <Closed lessonId={id} text={t(textOf(problem))} />;
  if (!place) return <main className="room-closed" aria-busy="true" />;
  return <Room place={place} />;
}

/** The whole stay, from the green room to the word of goodbye. */
export function Room({ place }: { place: RoomPlace }) {
  const { t } = useTranslation('room');
  const [client, setClient] = useState(() => new RoomClient(place.open));
  const [wanted, setWanted] = useState(false);
  const snapshot = useSyncExternalStore(client.subscribeTo, client.getSnapshot);

  useEffect(() => {
    document.title = t('title');
  }, [t]);
  useEffect(() => exposeForJourneys(client), [client]);

  // Closing the tab must not leave the seat waiting for a resume.
  useEffect(() => {
    const leave = () => client.leave();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
    };
  }, [client]);
  useEffect(() => () => (client.getSnapshot().phase === 'closed' || !wanted ? undefined : client.leave()), [client, wanted]);

  const again = () => {
    setClient(new RoomClient(place.open));
    setWanted(false);
  };

  if (snapshot.phase === 'closed') {
    const { closedBecause: because } = snapshot;
    if (typeof because === 'object' && because?.problem instanceof HeldElsewhere) {
      return <Elsewhere held={because.problem} />;
    }
    if (because === 'fallback') return <MovedElsewhere place={place} onAgain={again} />;
    const text = typeof because === 'object' ? t(textOf(because?.problem)) : t(`closed.${because}`);
    return <Closed lessonId={place.lesson?.id} text={text} onAgain={mayComeBack(because) ? again : undefined} />;
  }
  return <Inside place={place} client={client} snapshot={snapshot} wanted={wanted} onWanted={() => setWanted(true)} />;
}

/** Microphone and camera are open as long as this is on the page, and no longer. */
function Inside({
  place,
  client,
  snapshot,
  wanted,
  onWanted,
}: {
  place: RoomPlace;
  client: RoomClient;
  snapshot: Snapshot;
  wanted: boolean;
  onWanted: () => void;
}) {
  const media = useLocalMedia(snapshot.profile?.music ?? true, (track) => void client.use('audio', track));
  const isTutor = useIsTutor(place.lesson?.tutorId);
  const enter = () => {
    onWanted();
    void client.enter(media.audio, media.video);
  };
  const stuck = wanted && <Stuck client={client} lessonId={place.lesson?.id} />;
  if (snapshot.phase === 'waiting') return <AtTheDoor tutorName={place.tutorName} media={media} onLeave={() => client.leave()} />;
  if (!wanted || snapshot.profile === null) {
    return (
      <>
        <GreenRoom place={place} media={media} entering={wanted} onEnter={enter} />
        {stuck}
      </>
    );
  }
  return (
    <>
      <LessonRoom client={client} snapshot={snapshot} media={media} isTutor={isTutor} lessonId={place.lesson?.id} />
      {stuck}
    </>
  );
}

/** The tutor sees who waits: before a closed door, or as a guest. */
function AtTheDoor({ tutorName, media, onLeave }: { tutorName: string; media: OwnMedia; onLeave: () => void }) {
  const { t } = useTranslation('room');
  return (
    <main className="room-green room-at-door">
      <header>
        <h1>{t('atTheDoor.title')}</h1>
        <p role="status">{t('atTheDoor.text', { name: tutorName })}</p>
      </header>
      <OwnPicture audio={media.audio} video={media.video} hidden={false} />
      <div className="room-green-side">
        <button type="button" className="room-end" onClick={onLeave}>
          {t('leave')}
        </button>
      </div>
    </main>
  );
}

function Closed({ lessonId, text, onAgain }: { lessonId: string | undefined; text: string; onAgain?: (() => void) | undefined }) {
  const { t } = useTranslation('room');
  return (
    <main className="room-closed">
      <h1>{text}</h1>
      {onAgain && (
        <button type="button" className="room-enter" onClick={onAgain}>
          {t('comeBack')}
        </button>
      )}
      {lessonId && (
        <Link className="room-back" to={`/lessons/${lessonId}`}>
          {t('backToLesson')}
        </Link>
      )}
    </main>
  );
}

function Stuck({ client, lessonId }: { client: RoomClient; lessonId: string | undefined }) {
  return useStuck(client) ? <FallbackOffer client={client} lessonId={lessonId} /> : null;
}

/** Somebody in the room chose to go on elsewhere: where that is, joining says. */
function MovedElsewhere({ place, onAgain }: { place: RoomPlace; onAgain: () => void }) {
  const { t } = useTranslation('room');
  const [held, setHeld] = useState<HeldElsewhere | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    place.open().then(
      () => !gone && setProblem(new Error('the room is here again')),
      (why: unknown) => {
        if (gone) return;
        if (why instanceof HeldElsewhere) setHeld(why);
        else setProblem(why);
      },
    );
    return () => {
      gone = true;
    };
  }, [place]);
  if (held) return <Elsewhere held={held} />;
  if (problem) return <Closed lessonId={place.lesson?.id} text={t(textOf(problem))} onAgain={onAgain} />;
  return <main className="room-closed" aria-busy="true"><h1>{t('closed.fallback')}</h1></main>;
}

function Elsewhere({ held }: { held: HeldElsewhere }) {
  const { t } = useTranslation('room');
  return (
    <main className="room-closed">
      <h1>{t('heldElsewhere', { provider: nameOf(held.provider) })}</h1>
      <a className="room-enter" href={held.joinUrl} rel="noreferrer">
        {t('goThere')}
      </a>
    </main>
  );
}

const providerNames: Record<string, string> = { zoom: 'Zoom', 'google-meet': 'Google Meet', jitsi: 'Jitsi' };

function nameOf(provider: string): string {
  return providerNames[provider] ?? provider;
}

/** Only the tutor sees the button that ends the lesson; the server decides. */
function useIsTutor(tutorId: string | undefined): boolean {
  const [isTutor, setIsTutor] = useState(false);
  useEffect(() => {
    if (tutorId === undefined) return;
    const gone = new AbortController();
    told(api.GET('/v1/me', { signal: gone.signal })).then(
      (me) => setIsTutor(me.tutorId === tutorId),
      () => undefined,
    );
    return () => gone.abort();
  }, [tutorId]);
  return isTutor;
}

function mayComeBack(because: Snapshot['closedBecause']): boolean {
  if (because === 'left' || because === 'replaced' || because === 'roomFull' || because === 'notAdmitted') return true;
  return typeof because === 'object' && because !== null;
}
