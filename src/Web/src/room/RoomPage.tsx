import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import { Problem } from '../api/problem';
import type { Lesson } from '../api/types';
import { FallbackOffer, useStuck } from './FallbackOffer';
import { GreenRoom } from './GreenRoom';
import { LessonRoom } from './LessonRoom';
import { HeldElsewhere, openRoom } from './media/joining';
import type { Snapshot } from './media/roomClient';
import { RoomClient } from './media/roomClient';
import { OwnPicture } from './OwnPicture';
import { exposeForJourneys } from './testData';
import { useLocalMedia, type OwnMedia } from './useLocalMedia';
import './room.css';

export default function RoomPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('room');
  const [lesson, setLesson] = useState<Lesson | null>(null);
  const [problem, setProblem] = useState<unknown>(null);

  useEffect(() => {
    document.title = t('title');
  }, [t]);

  useEffect(() => {
    const gone = new AbortController();
    api.get<Lesson>(`/v1/lessons/${encodeURIComponent(id)}`, gone.signal).then(setLesson, (why: unknown) => {
      if (!gone.signal.aborted) setProblem(why);
    });
    return () => gone.abort();
  }, [id]);

  if (problem) return <Closed lessonId={id} text={t(textOf(problem))} />;
  if (!lesson) return <main className="room-closed" aria-busy="true" />;
  return <Room lesson={lesson} />;
}

function Room({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation('room');
  const [client, setClient] = useState(() => new RoomClient(lesson.id));
  const [wanted, setWanted] = useState(false);
  const snapshot = useSyncExternalStore(client.subscribeTo, client.getSnapshot);

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
    setClient(new RoomClient(lesson.id));
    setWanted(false);
  };

  if (snapshot.phase === 'closed') {
    const { closedBecause: because } = snapshot;
    if (typeof because === 'object' && because?.problem instanceof HeldElsewhere) {
      return <Elsewhere held={because.problem} />;
    }
    if (because === 'fallback') return <MovedElsewhere lessonId={lesson.id} onAgain={again} />;
    const text = typeof because === 'object' ? t(textOf(because?.problem)) : t(`closed.${because}`);
    return <Closed lessonId={lesson.id} text={text} onAgain={mayComeBack(because) ? again : undefined} />;
  }
  return <Inside lesson={lesson} client={client} snapshot={snapshot} wanted={wanted} onWanted={() => setWanted(true)} />;
}

/** Microphone and camera are open as long as this is on the page, and no longer. */
function Inside({
  lesson,
  client,
  snapshot,
  wanted,
  onWanted,
}: {
  lesson: Lesson;
  client: RoomClient;
  snapshot: Snapshot;
  wanted: boolean;
  onWanted: () => void;
}) {
  const media = useLocalMedia(snapshot.profile?.music ?? true, (track) => void client.use('audio', track));
  const isTutor = useIsTutor(lesson);
  const enter = () => {
    onWanted();
    void client.enter(media.audio, media.video);
  };
  const stuck = wanted && <Stuck client={client} lessonId={lesson.id} />;
  if (snapshot.phase === 'waiting') return <AtTheDoor lesson={lesson} media={media} onLeave={() => client.leave()} />;
  if (!wanted || snapshot.profile === null) {
    return (
      <>
        <GreenRoom lesson={lesson} media={media} entering={wanted} onEnter={enter} />
        {stuck}
      </>
    );
  }
  return (
    <>
      <LessonRoom client={client} snapshot={snapshot} media={media} isTutor={isTutor} />
      {stuck}
    </>
  );
}

/** The tutor has closed the door; they see who waits. */
function AtTheDoor({ lesson, media, onLeave }: { lesson: Lesson; media: OwnMedia; onLeave: () => void }) {
  const { t } = useTranslation('room');
  return (
    <main className="room-green room-at-door">
      <header>
        <h1>{t('atTheDoor.title')}</h1>
        <p role="status">{t('atTheDoor.text', { name: lesson.tutorName })}</p>
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

function Closed({ lessonId, text, onAgain }: { lessonId: string; text: string; onAgain?: (() => void) | undefined }) {
  const { t } = useTranslation('room');
  return (
    <main className="room-closed">
      <h1>{text}</h1>
      {onAgain && (
        <button type="button" className="room-enter" onClick={onAgain}>
          {t('comeBack')}
        </button>
      )}
      <Link className="room-back" to={`/lessons/${lessonId}`}>
        {t('backToLesson')}
      </Link>
    </main>
  );
}

function Stuck({ client, lessonId }: { client: RoomClient; lessonId: string }) {
  return useStuck(client) ? <FallbackOffer client={client} lessonId={lessonId} /> : null;
}

/** Somebody in the room chose to go on elsewhere: where that is, joining says. */
function MovedElsewhere({ lessonId, onAgain }: { lessonId: string; onAgain: () => void }) {
  const { t } = useTranslation('room');
  const [held, setHeld] = useState<HeldElsewhere | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    openRoom(lessonId).then(
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
  }, [lessonId]);
  if (held) return <Elsewhere held={held} />;
  if (problem) return <Closed lessonId={lessonId} text={t(textOf(problem))} onAgain={onAgain} />;
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
function useIsTutor(lesson: Lesson): boolean {
  const [isTutor, setIsTutor] = useState(false);
  useEffect(() => {
    const gone = new AbortController();
    api.get<{ tutorId?: string | null }>('/v1/me', gone.signal).then(
      (me) => setIsTutor(me.tutorId === lesson.tutorId),
      () => undefined,
    );
    return () => gone.abort();
  }, [lesson.tutorId]);
  return isTutor;
}

function mayComeBack(because: Snapshot['closedBecause']): boolean {
  if (because === 'left' || because === 'replaced' || because === 'roomFull' || because === 'notAdmitted') return true;
  return typeof because === 'object' && because !== null;
}

const refusals = [
  'room_not_open',
  'lesson_over',
  'lesson_cancelled',
  'no_provider_allowed',
  'meeting_not_ready',
  'meeting_failed',
  'meeting_withdrawn',
  'not_found',
  'not_signed_in',
  'too_many_requests',
  'unreachable',
] as const;

/** The key of the text that says what went wrong and what to do. */
function textOf(problem: unknown): `refusal.${(typeof refusals)[number] | 'other'}` {
  const code = problem instanceof Problem ? problem.code : '';
  return `refusal.${refusals.find((known) => known === code) ?? 'other'}`;
}
