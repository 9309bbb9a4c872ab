import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../account/me';
import { api, told } from '../api/client';
import type { Child } from '../api/types';
import { RecordingConsent } from '../consents/RecordingConsent';
import { countryName, useLocale } from '../i18n/locale';
import { Button, LinkButton } from '../look/Button';
import { Dialog } from '../look/Dialog';
import { Loaded } from '../look/Loaded';
import { Empty } from '../look/Notice';
import { Page } from '../look/Page';
import { dateText } from '../time/wall';
import { zoneCity } from '../time/zones';
import { AddChild } from './AddChild';
import './children.css';
import { DeviceLinks } from './DeviceLinks';
import { MoveChild } from './MoveChild';

export default function ChildrenPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [adding, setAdding] = useState(false);
  const children = useQuery({
    queryKey: ['children', me.guardianId],
    queryFn: ({ signal }) => told(api.GET('/v1/guardians/{guardianId}/children', { params: { path: { guardianId: me.guardianId! } }, signal })),
  });
  const add = <Button kind="primary" onPress={() => setAdding(true)}>{t('children.add')}</Button>;
  return (
    <Page title={t('children.title')} lead={t('children.lead')} actions={children.data && children.data.items.length > 0 ? add : null}>
      <Loaded query={children}>
        {({ items }) => items.length === 0 ? <Empty title={t('children.none')} action={add}>{t('children.noneText')}</Empty> : (
          <ul className="cards">{items.map((child) => <OneChild key={child.studentId} child={child} guardianId={me.guardianId!} />)}</ul>
        )}
      </Loaded>
      <Dialog title={t('children.add')} open={adding} onOpenChange={setAdding}>
        <AddChild onDone={() => setAdding(false)} />
      </Dialog>
    </Page>
  );
}

function OneChild({ child, guardianId }: { child: Child; guardianId: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [moving, setMoving] = useState(false);
  return (
    <li className="card child">
      <div className="row-card-head">
        <h2><bdi>{child.displayName}</bdi></h2>
        <span className="soft"><bdi>{zoneCity(child.timeZone, t)}</bdi> · <bdi>{countryName(child.country, locale)}</bdi></span>
      </div>
      {child.birthDate === null ? null : <p className="soft">{t('children.born', { date: dateText(child.birthDate, locale) })}</p>}
      <div className="actions">
        <LinkButton to={`/mentors?student=${child.studentId}`}>{t('lessons.findTutor')}</LinkButton>
        <Button aria-label={t('children.moveOf', { name: child.displayName })} onPress={() => setMoving(true)}>{t('children.move')}</Button>
      </div>
      <Dialog title={t('children.moveOf', { name: child.displayName })} open={moving} onOpenChange={setMoving}>
        <MoveChild child={child} guardianId={guardianId} onDone={() => setMoving(false)} />
      </Dialog>
      <RecordingConsent personId={child.personId} child={child.displayName} />
      <DeviceLinks guardianId={guardianId} studentId={child.studentId} name={child.displayName} />
    </li>
  );
}
