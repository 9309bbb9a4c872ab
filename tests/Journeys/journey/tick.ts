import type { Page } from 'playwright-core';

/** Ticks a checkbox of this name, if it is not ticked; its label is what a person clicks. */
export async function tick(page: Page, name: string): Promise<void> {
  const box = page.getByRole('checkbox', { name, exact: true });
  if (!(await box.isChecked())) await box.locator('xpath=ancestor::label').click();
}
