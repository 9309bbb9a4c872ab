import { useQueryClient } from '@tanstack/react-query';
import { Button, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Header, Separator } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { NavLink, useNavigate } from 'react-router';
import { session } from '../api/session';
import type { Me } from '../api/types';
import { languages, nameOfLanguage } from '../i18n/languages';
import { pagesOf } from './pages';

export function Navigation({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const pages = pagesOf(me);
  const signOut = async () => {
    await session.signOut();
    queries.clear();
    await navigate('/', { replace: true });
  };
  return (
    <div className="header-nav">
      <nav aria-label={t('shell.pages')} className="wide-only">
        {pages.map((page) => (
          <NavLink key={page.to} to={page.to} end={page.to === '/'} className="nav-link">{t(`nav.${page.key}`)}</NavLink>
        ))}
      </nav>
      <MenuTrigger>
        <Button className="button plain menu-button" aria-label={`${me.displayName}, ${t('shell.menu')}`}>
          <svg className="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 6h14M3 10h14M3 14h14" /></svg>
          <span className="wide-only" dir="auto">{me.displayName}</span>
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={(key) => {
            const [what, value] = String(key).split(' ');
            if (what === 'go') void navigate(value!);
            else if (what === 'speak') void i18n.changeLanguage(value);
            else void signOut();
          }}>
            <MenuSection className="narrow-only">
              {pages.map((page) => <MenuItem key={page.to} id={`go ${page.to}`} className="menu-item">{t(`nav.${page.key}`)}</MenuItem>)}
            </MenuSection>
            <Separator className="separator narrow-only" />
            <MenuSection>
              <Header className="menu-header">{t('shell.language')}</Header>
              {languages.map((language) => (
                <MenuItem key={language} id={`speak ${language}`} className={`menu-item ${language === i18n.resolvedLanguage ? 'current' : ''}`} textValue={nameOfLanguage[language]}>
                  <span lang={language}>{nameOfLanguage[language]}</span>
                </MenuItem>
              ))}
            </MenuSection>
            <Separator className="separator" />
            {me.tutorId ? <MenuItem id="go /meeting-providers" className="menu-item">{t('nav.meetingProviders')}</MenuItem> : null}
            <MenuItem id="go /settings" className="menu-item">{t('nav.settings')}</MenuItem>
            <MenuItem id="out" className="menu-item">{t('shell.signOut')}</MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}
