import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Lesson } from '../api/types';
import { serverNow } from '../time/clock';
import { Devices } from './Devices';
import { OwnPicture } from './OwnPicture';
import type { OwnMedia } from './useLocalMedia';

/** Before the room: see and hear yourself, choose, then one button. */
export function GreenRoom({
  lesson,
  media,
  entering,
  onEnter,
}: {
  lesson: Lesson;
  media: OwnMedia;
  entering: boolean;
  onEnter: () => void;
}) {
  const { t } = useTranslation('room');
  const opensIn = useSecondsUntil(lesson.joinOpensAt);
  const off = lesson.state === 'ended' ? 'lesson_over' : lesson.state === 'cancelled' ? 'lesson_cancelled' : null;
  const noMeeting = lesson.meeting.state === 'ready' ? null : meetingRefusal[lesson.meeting.state];
  const closed = off ?? noMeeting ?? null;
  return (
    <main className="room-green">
      <header>
        <h1>{t('greenRoom')}</h1>
        <p>
          <bdi>{lesson.tutorName}</bdi> · <bdi>{lesson.studentName}</bdi>
        </p>
      </header>
      <OwnPicture audio={media.audio} video={media.video} hidden={false} />
      <div className="room-green-side">
        {media.opening ? (
          <p role="status">{t('openingDevices')}</p>
        ) : (
          <Devices media={media} onMicrophone={(id) => void media.chooseMicrophone(id)} onCamera={(id) => void media.chooseCamera(id)} />
        )}
        <div role="status" aria-live="polite">
          {closed && <p className="room-problem">{t(`refusal.${closed}`)}</p>}
          {!closed && opensIn > 0 && <p className="room-notice">{t('opensIn', { time: clockOf(opensIn) })}</p>}
        </div>
        <button
          type="button"
          className="room-enter"
          disabled={media.opening || entering || closed !== null || opensIn > 0}
          onClick={onEnter}
        >
          {entering ? t('entering') : t('enter')}
        </button>
        <Link className="room-back" to={`/preflight?lesson=${lesson.id}`}>
          {t('testConnection')}
        </Link>
        <Link className="room-back" to={`/lessons/${lesson.id}`}>
          {t('backToLesson')}
        </Link>
      </div>
    </main>
  );
}

const meetingRefusal = {
  arranging: null,
  failed: 'meeting_failed',
  no_provider_allowed: 'no_provider_allowed',
  withdrawn: 'meeting_withdrawn',
} as const;

/** Counts down by the second and by the server's clock, never below zero. */
function useSecondsUntil(instant: string): number {
  const left = () => Math.max(0, Math.ceil((Date.parse(instant) - serverNow()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
  }, [instant]);
  return seconds;
}

function clockOf(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
