import type { Page } from 'playwright-core';
import type { Visitor } from './browser';
import { say } from './texts';
import { tick } from './tick';

export interface Account {
  name: string;
  email: string;
  password: string;
  role: 'tutor' | 'student' | 'guardian';
  /** Only a student of age gives one: [year, month, day]. */
  born?: readonly [number, number, number];
}

/** Fills the sign-up page; country, zone and language are what the page guesses from the browser. Ends on the role's first page. */
export async function signUp(visitor: Visitor, account: Account): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/sign-up');
  await tick(page, say(language, `roles.${account.role}`));
  await page.getByLabel(say(language, 'person.displayName'), { exact: true }).fill(account.name);
  await page.getByLabel(say(language, 'person.email'), { exact: true }).fill(account.email);
  await page.getByLabel(say(language, 'person.password'), { exact: true }).fill(account.password);
  if (account.born) await typeDate(page, account.born);
  await page.getByRole('button', { name: say(language, 'signUp.submit'), exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-up');
}

/** A guardian adds a child, on the children page. Ends there, with the child shown. */
export async function addChild(visitor: Visitor, name: string, born: readonly [number, number, number]): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/children');
  await page.getByRole('button', { name: say(language, 'children.add') }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(say(language, 'children.name'), { exact: true }).fill(name);
  await typeDate(page, born);
  await dialog.getByRole('button', { name: say(language, 'children.add') }).click();
  await page.getByText(name).first().waitFor();
}

/** Types into a segmented date field, whatever order and calendar the locale has. */
async function typeDate(page: Page, [year, month, day]: readonly [number, number, number]): Promise<void> {
  for (const [segment, value] of [['year', year], ['month', month], ['day', day]] as const) {
    const box = page.locator(`[data-type="${segment}"]`).first();
    await box.click();
    await page.keyboard.type(String(value));
  }
}

export async function signIn(visitor: Visitor, email: string, password: string): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/sign-in');
  await page.getByLabel(say(language, 'person.email'), { exact: true }).fill(email);
  await page.getByLabel(say(language, 'person.password'), { exact: true }).fill(password);
  await page.getByRole('button', { name: say(language, 'signIn.submit'), exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}
