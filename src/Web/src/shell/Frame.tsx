import { Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import { useMeQuery, useSignedIn } from '../account/me';
import { Placeholder } from '../look/Loaded';
import { Logo } from '../look/Logo';
import { LanguageMenu } from './LanguageMenu';
import { Navigation } from './Navigation';

export function Frame() {
  const { t } = useTranslation();
  const signedIn = useSignedIn();
  const me = useMeQuery().data;
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(true);

  // After a change of page the keyboard and the screen reader start at the new page, not where the old link was.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <>
      <a className="skip" href="#main">{t('shell.skip')}</a>
      <header className="header">
        <div className="header-inner">
          <Link to="/" className="brand" aria-label={t('shell.home')}>
            <Logo />
            <span>{t('brand')}</span>
          </Link>
          {signedIn && me ? <Navigation me={me} /> : <div className="actions"><LanguageMenu />{pathname === '/sign-in' ? null : <Link className="button quiet" to="/sign-in">{t('signIn.title')}</Link>}</div>}
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<div className="page"><Placeholder lines={5} /></div>}>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}
