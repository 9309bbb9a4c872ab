import 'i18next';
import type muse from './en.json';
import type preflight from '../preflight/i18n/en.json';
import type room from '../room/i18n/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'muse';
    resources: { muse: typeof muse; room: typeof room; preflight: typeof preflight };
  }
}
