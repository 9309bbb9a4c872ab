import type { Api } from './api';
import type { Visitor } from './browser';
import { say } from './texts';

/** Says once that lessons with this person may be recorded. */
export async function agreeToRecording(api: Api): Promise<void> {
  const { id } = await api.call<{ id: string }>('GET', '/v1/me');
  await api.call('PUT', `/v1/people/${id}/consents/recording`, undefined, { 'If-Match': '"0"' });
}

/** Waits for the red light over the door to say so. */
export const recordingLight = ({ page }: Visitor, state: 'waiting' | 'on' | 'paused') =>
  page.locator(`.room-recording[data-state="${state}"]`).waitFor();

/** The tutor ends the lesson for all. */
export async function endLesson({ page }: Visitor): Promise<void> {
  await page.getByRole('button', { name: say('en', 'room:settings'), exact: true }).click();
  await page.getByRole('button', { name: say('en', 'room:endLesson'), exact: true }).click();
  await page.getByRole('button', { name: say('en', 'room:endLessonSure'), exact: true }).click();
}

/** From the lesson's page to the player of its first recording, with both sides there. */
export async function watchRecording({ page }: Visitor, lessonId: string): Promise<void> {
  await page.goto(`/lessons/${lessonId}`);
  await page.getByRole('link', { name: say('en', 'review.watch') }).first().click();
  await page.locator('.review-side video').nth(1).waitFor();
}

/** Seconds of the recording at which the player is. */
export const playedTo = async ({ page }: Visitor) => Number(await page.locator('.review').getAttribute('data-at'));

/** At half speed, from here for a second and a half, until it has gone round once. */
export async function repeatABar(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  const reaches = (at: number, isBehind: boolean) =>
    page.waitForFunction(
      ([place, behind]) => {
        const now = Number(document.querySelector('.review')?.getAttribute('data-at'));
        return behind ? now > place : now < place;
      },
      [at, isBehind] as const,
      { timeout: 60_000 },
    );
  const from = await playedTo(visitor);
  await page.getByRole('radio', { name: '50%' }).check();
  await page.getByRole('button', { name: say('en', 'review.loopFrom') }).click();
  await page.getByRole('button', { name: say('en', 'review.play'), exact: true }).click();
  await reaches(from + 1.5, true);
  await page.getByRole('button', { name: say('en', 'review.loopTo') }).click();
  // It has gone round: the place is before where the second tap was made.
  await reaches(from + 1, false);
}
