import type { Visitor } from './browser';
import { say } from './texts';
import { tick } from './tick';

/** The tutor's profile: violin, taught in English, for everyone. */
export async function introduce(visitor: Visitor, introduction: string): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/profile');
  await tick(page, say(language, 'instrument.violin'));
  await tick(page, new Intl.DisplayNames([language], { type: 'language' }).of('en')!);
  for (const level of ['beginner', 'intermediate', 'advanced']) await tick(page, say(language, `level.${level}`));
  await page.getByLabel(say(language, 'profile.introduction'), { exact: true }).fill(introduction);
  await page.getByRole('button', { name: say(language, 'common.save'), exact: true }).click();
  await page.getByText(say(language, 'common.saved')).waitFor();
}

/** Every day from midnight to midnight, bookable at once and every five minutes, so that a lesson can start now. */
export async function openAllHours(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/availability');
  const weekday = (day: number) =>
    new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, day)));
  for (const day of [1, 6, 7]) {
    const row = page.getByRole('group', { name: weekday(day), exact: true });
    await row.getByRole('button', { name: say(language, 'availability.add') }).click();
    for (const which of ['fromOn', 'toOn']) {
      const field = page.getByRole('group', { name: say(language, `availability.${which}`, { day: weekday(day) }), exact: true });
      for (const segment of ['hour', 'minute']) {
        await field.locator(`[data-type="${segment}"]`).click();
        await page.keyboard.type('00');
      }
    }
  }
  await page.getByRole('group', { name: weekday(1), exact: true }).getByRole('button', { name: say(language, 'availability.copy') }).click();
  for (const [label, value] of [['step', '5'], ['after', '0'], ['notice', '0']] as const) {
    const box = page.getByRole('textbox', { name: say(language, `availability.${label}`), exact: true });
    await box.fill(value);
    await box.blur();
  }
  await page.getByRole('button', { name: say(language, 'availability.save'), exact: true }).click();
  await page.getByText(say(language, 'common.saved')).waitFor();
}
