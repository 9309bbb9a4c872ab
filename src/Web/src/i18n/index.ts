import i18next, { type BackendModule } from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import { directionOf, languages } from './languages';

// One file per language and namespace; only the reader's language is fetched.
const texts = import.meta.glob<{ default: Record<string, unknown> }>(['./*.json', '../room/i18n/*.json', '../preflight/i18n/*.json']);

const files: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = texts[namespace === 'muse' ? `./${language}.json` : `../${namespace}/i18n/${language}.json`];
    if (!load) done(new Error(`${language}/${namespace}`), null);
    else load().then(
      (module) => done(null, module.default),
      (error: unknown) => done(error as Error, null),
    );
  },
};

function applyTo(document: Document, language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

export const ready = i18next
  .use(files)
  .use(LanguageDetector)
  .use(initReactI18next)
  .init({
    supportedLngs: [...languages],
    nonExplicitSupportedLngs: true,
    load: 'languageOnly',
    fallbackLng: 'en',
    ns: ['muse'],
    defaultNS: 'muse',
    interpolation: { escapeValue: false },
    detection: { order: ['localStorage', 'navigator'], caches: ['localStorage'], lookupLocalStorage: 'muse.language' },
  })
  .then(() => applyTo(document, i18next.resolvedLanguage ?? 'en'));

i18next.on('languageChanged', () => applyTo(document, i18next.resolvedLanguage ?? 'en'));
