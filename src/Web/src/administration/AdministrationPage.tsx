import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import { Problem } from '../api/problem';
import type { Health } from '../api/types';
import { maybe } from '../i18n/maybe';
import { useLocale } from '../i18n/locale';
import { Button, LinkButton } from '../look/Button';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page, Section } from '../look/Page';
import { ProblemNotice } from '../look/ProblemNotice';
import './administration.css';

/** Health answers 503 with the same body when something does not serve: that is an answer here, not an error. */
async function health(signal: AbortSignal): Promise<Health> {
  try {
    return await told(api.GET('/v1/health', { signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 503 && 'projections' in error.details) return error.details as unknown as Health;
    throw error;
  }
}

export default function AdministrationPage() {
  const { t } = useTranslation();
  const state = useQuery({ queryKey: ['health'], refetchInterval: 10_000, queryFn: ({ signal }) => health(signal) });
  return (
    <Page title={t('admin.title')} lead={t('admin.lead')} actions={<LinkButton to="/administration/rooms">{t('admin.roomsNow')}</LinkButton>}>
      <Section title={t('admin.health')}><Loaded query={state}>{(data) => <HealthTiles health={data} />}</Loaded></Section>
      <Section title={t('admin.errands')} lead={t('admin.errandsLead')}><DeadErrands /></Section>
      <Section title={t('admin.projections')} lead={t('admin.projectionsLead')}><Projections /></Section>
    </Page>
  );
}

function word(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value && typeof value === 'object') {
    const known = value as { state?: unknown; status?: unknown; version?: unknown };
    return word(known.state ?? known.status ?? known.version ?? '');
  }
  return value === undefined || value === null ? '' : String(value);
}

function HealthTiles({ health }: { health: Health }) {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale);
  const say = (value: unknown) => {
    const text = word(value);
    return maybe(i18n, t, `admin.state.${text}`) ?? text;
  };
  const stopped = health.projections.filter((projection) => projection.stopped).length;
  const tiles = [
    { name: t('admin.all'), value: say(health.status), bad: !['ok', 'healthy', 'up'].includes(word(health.status).toLowerCase()) },
    { name: t('admin.database'), value: say(health.database), bad: false },
    { name: t('admin.migrations'), value: say(health.migrations), bad: false },
    { name: t('admin.media'), value: say(health.media.state), bad: false },
    { name: t('admin.waiting'), value: health.errands ? number.format(health.errands.waiting) : '–', bad: false },
    { name: t('admin.dead'), value: health.errands ? number.format(health.errands.dead) : '–', bad: (health.errands?.dead ?? 0) > 0 },
    { name: t('admin.stopped'), value: number.format(stopped), bad: stopped > 0 },
  ];
  return (
    <dl className="tiles">
      {tiles.map((tile) => (
        <div key={tile.name} className={tile.bad ? 'tile bad' : 'tile'}>
          <dt>{tile.name}</dt>
          <dd>{tile.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function DeadErrands() {
  const { t } = useTranslation();
  const locale = useLocale();
  const queries = useQueryClient();
  const errands = useQuery({ queryKey: ['errands', 'dead'], queryFn: ({ signal }) => told(api.GET('/v1/admin/errands', { params: { query: { state: 'dead' } }, signal })) });
  const replay = useMutation({
    mutationFn: (id: string) => api.POST('/v1/admin/errands/{id}/replay', { params: { path: { id } } }),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['errands'] }), queries.invalidateQueries({ queryKey: ['health'] })]),
  });
  return (
    <>
      <ProblemNotice error={replay.error} />
      <Loaded query={errands}>
        {({ items }) => items.length === 0 ? <Empty title={t('admin.noDead')}>{t('admin.noDeadText')}</Empty> : (
          <ul className="cards">
            {items.map((errand) => (
              <li key={errand.id} className="card errand">
                <div className="row-card-head">
                  <h3 dir="ltr">{errand.kind}</h3>
                  <span className="soft">{t('admin.attempts', { number: new Intl.NumberFormat(locale).format(errand.attempts) })}</span>
                </div>
                {errand.lastError ? <pre dir="ltr" tabIndex={0}>{errand.lastError}</pre> : null}
                <div className="actions"><Button busy={replay.isPending && replay.variables === errand.id} onPress={() => replay.mutate(errand.id)}>{t('admin.replay')}</Button></div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}

function Projections() {
  const { t } = useTranslation();
  const locale = useLocale();
  const queries = useQueryClient();
  const projections = useQuery({ queryKey: ['projections'], refetchInterval: 10_000, queryFn: ({ signal }) => told(api.GET('/v1/admin/projections', { signal })) });
  const rebuild = useMutation({
    mutationFn: (name: string) => api.POST('/v1/admin/projections/{name}/rebuild', { params: { path: { name } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['projections'] }),
  });
  const number = new Intl.NumberFormat(locale);
  return (
    <>
      <ProblemNotice error={rebuild.error} />
      <Loaded query={projections}>
        {({ items }) => (
          <ul className="projections">
            {items.map((projection) => (
              <li key={projection.name}>
                <span className="projection-name" dir="ltr">{projection.name}</span>
                <span className="soft">{t('admin.position', { position: number.format(projection.position), behind: number.format(projection.behind) })}</span>
                {projection.stopped ? <span className="badge bad">{t('admin.stoppedAt', { sequence: number.format(projection.stopped.sequence) })}</span> : null}
                <Button busy={rebuild.isPending && rebuild.variables === projection.name} onPress={() => rebuild.mutate(projection.name)}>{t('admin.rebuild')}</Button>
                {projection.stopped ? <pre dir="ltr" tabIndex={0}>{projection.stopped.error}</pre> : null}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}
