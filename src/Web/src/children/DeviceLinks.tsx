import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, told } from '../api/client';
import type { DeviceLink, NewDeviceLink } from '../api/types';
import { useLocale } from '../i18n/locale';
import { Button } from '../look/Button';
import { CopyButton } from '../look/CopyButton';
import { ProblemNotice } from '../look/ProblemNotice';
import { useTimeLeft } from '../time/clock';
import { leftParts, unitText } from '../time/countdown';
import { QrCode } from './QrCode';

/** One-time links that sign a child's tablet in, without a password and without a mail address. */
export function DeviceLinks({ guardianId, studentId, name }: { guardianId: string; studentId: string; name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const params = { path: { guardianId, studentId } };
  const key = ['device-links', studentId];
  const links = useQuery({ queryKey: key, queryFn: ({ signal }) => told(api.GET('/v1/guardians/{guardianId}/children/{studentId}/device-links', { params, signal })) });
  const make = useMutation({ mutationFn: () => told(api.POST('/v1/guardians/{guardianId}/children/{studentId}/device-links', { params })), onSettled: () => queries.invalidateQueries({ queryKey: key }) });
  const revoke = useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/guardians/{guardianId}/children/{studentId}/device-links/{linkId}', { params: { path: { ...params.path, linkId: id } } }),
    onSuccess: (_, id) => make.data?.id === id && make.reset(),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
  return (
    <section className="devices" aria-label={t('children.devicesOf', { name })}>
      <h3>{t('children.devices')}</h3>
      <ProblemNotice error={make.error ?? revoke.error} />
      {make.data ? <FreshLink link={make.data} /> : <Button busy={make.isPending} onPress={() => make.mutate()}>{t('children.makeLink')}</Button>}
      {links.data && links.data.items.length > 0 ? (
        <ul className="device-list">
          {links.data.items.map((link) => (
            <li key={link.id}>
              <LinkState link={link} />
              <Button kind="danger" busy={revoke.isPending && revoke.variables === link.id} onPress={() => revoke.mutate(link.id)}>{link.usedAt ? t('children.signOutTablet') : t('children.revoke')}</Button>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function FreshLink({ link }: { link: NewDeviceLink }) {
  const { t } = useTranslation();
  return (
    <div className="fresh-link">
      <QrCode text={link.link} label={t('children.qr')} />
      <div>
        <p>{t('children.linkText')}</p>
        <div className="copy-line"><code dir="ltr">{link.link}</code><CopyButton text={link.link} /></div>
        <Expires at={link.expiresAt} />
      </div>
    </div>
  );
}

function LinkState({ link }: { link: DeviceLink }) {
  const { t } = useTranslation();
  return link.usedAt ? <span>{t('children.tabletIn')}</span> : <Expires at={link.expiresAt} />;
}

function Expires({ at }: { at: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const left = useTimeLeft(at);
  if (left.total <= 0) return <span className="hint">{t('children.linkExpired')}</span>;
  const [largest] = leftParts(left);
  return <span className="hint">{t('children.linkExpires', { time: unitText(largest!.value, largest!.unit, locale) })}</span>;
}
