import type { Visitor } from './browser';
import { say } from './texts';
import { tick } from './tick';

export interface SlotSeen {
  /** Large, on the reader's clock. */
  mine: string;
  /** Small, on the tutor's clock. */
  theirs: string;
}

/** Looks for a violin tutor at any hour and opens the first match's page. Returns what the match page said about the fit. */
export async function findTutor(visitor: Visitor, tutorName: string): Promise<string> {
  const { page, language } = visitor;
  await page.goto('/mentors');
  await tick(page, new Intl.DisplayNames([language], { type: 'language' }).of('en')!);
  await page.getByRole('button', { name: say(language, 'mentors.find'), exact: true }).click();
  await page.waitForURL(/\/mentors\/requests\//);
  const match = page.locator('.match', { hasText: tutorName }).first();
  await match.waitFor();
  const said = (await match.innerText()).replace(/\s+/g, ' ');
  await match.getByRole('link', { name: tutorName }).click();
  await page.waitForURL(/\/tutors\//);
  return said;
}

/**
 * On a tutor's page: asks for the n-th open time. Ends on the booking's page. By default the one after the next: with a lesson
 * every five minutes its room is open already, and its start does not pass while people are still clicking.
 */
export async function bookSlot(visitor: Visitor, nth = 1): Promise<SlotSeen> {
  const { page, language } = visitor;
  const slot = page.locator('button.slot').nth(nth);
  await slot.waitFor();
  const mine = await slot.locator('.slot-mine').innerText();
  const theirs = await slot.locator('.slot-theirs').innerText();
  await slot.click();
  await page.getByRole('dialog').getByRole('button', { name: say(language, 'slots.request'), exact: true }).click();
  await page.waitForURL(/\/(bookings|lessons)\//);
  return { mine, theirs };
}

/** The tutor confirms the first waiting request. */
export async function confirmFirst(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  await page.goto('/lessons');
  const confirm = page.getByRole('button', { name: say(language, 'booking.confirm'), exact: true });
  await confirm.first().click();
  await confirm.first().waitFor({ state: 'detached' });
}

/** Opens the lesson with this person from the list of lessons; the page's address holds its id. */
export async function openLesson(visitor: Visitor, otherName: string): Promise<string> {
  const { page } = visitor;
  await page.goto('/lessons');
  await page.getByRole('link', { name: otherName }).first().click();
  await page.waitForURL(/\/lessons\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname.split('/')[2]!;
}

/** What the lesson's page says happened, newest or oldest first as it shows it. */
export async function timelineSeen(visitor: Visitor): Promise<string[]> {
  const { page } = visitor;
  await page.locator('.timeline-item').first().waitFor();
  return page.locator('.timeline-what').allInnerTexts();
}

/** From the lesson's page into the green room, by the one button. */
export async function goToRoom(visitor: Visitor): Promise<void> {
  const { page, language } = visitor;
  await page.getByRole('link', { name: say(language, 'lesson.join'), exact: true }).click();
  await page.waitForURL(/\/room/);
}
