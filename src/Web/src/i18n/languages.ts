export const languages = ['ko', 'en', 'ar'] as const;
export type Language = (typeof languages)[number];

/** Each language names itself in its own script. */
export const nameOfLanguage: Record<Language, string> = { ko: '한국어', en: 'English', ar: 'العربية' };

export function directionOf(language: string): 'rtl' | 'ltr' {
  return language.startsWith('ar') ? 'rtl' : 'ltr';
}
