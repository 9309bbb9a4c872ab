import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Remote, RoomClient } from './media/roomClient';
import { delayBetween, type Stage } from './media/stage';

/** Who is in and how far away, and for the tutor: who is heard, who is large, who comes in. */
export function People({ client, remotes, stage }: { client: RoomClient; remotes: Remote[]; stage: Stage }) {
  const { t } = useTranslation('room');
  const { self } = stage;
  if (!self) return null;
  const directs = self.role === 'tutor';
  const everyoneSilenced = remotes.length > 0 && remotes.every((remote) => remote.audioSilenced || remote.role === 'tutor');
  return (
    <div className="room-people">
      {directs && <Waiting client={client} stage={stage} />}
      {directs && (
        <label className="room-door">
          <input type="checkbox" checked={stage.doorClosed ?? false} onChange={(event) => client.direct({ type: 'door', closed: event.target.checked })} />
          <span>{t('people.door')}</span>
        </label>
      )}
      {directs && remotes.length > 0 && (
        <button type="button" className="room-quiet" onClick={() => client.direct({ type: 'silence', kind: 'audio', silenced: !everyoneSilenced })}>
          {everyoneSilenced ? t('people.hearAll') : t('people.silenceAll')}
        </button>
      )}
      <ul>
        {remotes.map((remote) => (
          <li key={remote.participantId} data-person={remote.participantId}>
            <span>
              <bdi>{remote.displayName}</bdi> <span className="room-person-role">{t(`role.${remote.role}`)}</span>
            </span>
            {directs && (
              <span className="room-person-acts">
                <button
                  type="button"
                  className="room-quiet"
                  aria-label={`${remote.audioSilenced ? t('people.hear') : t('people.silence')}: ${remote.displayName}`}
                  onClick={() =>
                    client.direct({ type: 'silence', kind: 'audio', silenced: !remote.audioSilenced, participantId: remote.participantId })
                  }
                >
                  {remote.audioSilenced ? t('people.hear') : t('people.silence')}
                </button>
                <button
                  type="button"
                  className="room-quiet"
                  aria-pressed={stage.spotlight === remote.participantId}
                  aria-label={`${t('people.spotlight')}: ${remote.displayName}`}
                  onClick={() =>
                    client.direct(
                      stage.spotlight === remote.participantId ? { type: 'spotlight' } : { type: 'spotlight', participantId: remote.participantId },
                    )
                  }
                >
                  {stage.spotlight === remote.participantId ? t('people.noSpotlight') : t('people.spotlight')}
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      <Delays remotes={remotes} stage={stage} />
    </div>
  );
}

/** Those before the closed door, and guests; also shown over the room, because somebody waits. */
export function Waiting({ client, stage }: { client: RoomClient; stage: Stage }) {
  const { t } = useTranslation('room');
  if (stage.waiting.length === 0) return null;
  return (
    <section className="room-waiting" aria-label={t('people.waiting')}>
      <p role="status">{t('people.waiting')}</p>
      <ul>
        {stage.waiting.map((person) => (
          <li key={person.waitingId}>
            <span>
              <bdi>{person.displayName}</bdi> <span className="room-person-role">{t(`role.${person.role}`)}</span>
            </span>
            <span className="room-person-acts">
              <button
                type="button"
                className="room-quiet"
                aria-label={`${t('people.admit')}: ${person.displayName}`}
                onClick={() => client.direct({ type: 'admit', waitingId: person.waitingId })}
              >
                {t('people.admit')}
              </button>
              <button
                type="button"
                className="room-quiet"
                aria-label={`${t('people.refuse')}: ${person.displayName}`}
                onClick={() => client.direct({ type: 'refuse', waitingId: person.waitingId })}
              >
                {t('people.refuse')}
              </button>
            </span>
          </li>
        ))}
      </ul>
      {stage.waiting.length > 1 && (
        <button type="button" className="room-quiet" onClick={() => client.direct({ type: 'admit' })}>
          {t('people.admitAll')}
        </button>
      )}
    </section>
  );
}

/** Each pair once, oneself first. */
function Delays({ remotes, stage }: { remotes: Remote[]; stage: Stage }) {
  const { t } = useTranslation('room');
  const { self } = stage;
  if (!self) return null;
  const people = [{ participantId: self.participantId, displayName: t('people.you') }, ...remotes];
  const pairs = people.flatMap((one, at) =>
    people.slice(at + 1).flatMap((other) => {
      const ms = delayBetween(stage, one.participantId, other.participantId);
      return ms === null ? [] : [{ one, other, ms }];
    }),
  );
  if (pairs.length === 0) return null;
  return (
    <details className="room-delays">
      <summary>{t('people.delays')}</summary>
      <p>{t('delayMeans')}</p>
      <ul>
        {pairs.map(({ one, other, ms }) => (
          <li key={`${one.participantId} ${other.participantId}`}>
            <span>
              <bdi>{one.displayName}</bdi> – <bdi>{other.displayName}</bdi>
            </span>
            <span>{t('delay', { ms })}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Two steps, because it sends everybody home. */
export function EndLesson({ onEnd }: { onEnd: () => void }) {
  const { t } = useTranslation('room');
  const [sure, setSure] = useState(false);
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), 8_000);
    return () => clearTimeout(timer);
  }, [sure]);
  return (
    <button type="button" className="room-end" onClick={() => (sure ? onEnd() : setSure(true))}>
      {sure ? t('endLessonSure') : t('endLesson')}
    </button>
  );
}
