import { test, type TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it did not run; `./muse test` tells it of those that were skipped. */
    reason?: string;
  }
}

/** `./muse test --long`. */
export const isLong = process.env.MUSE_LONG === '1';

/** A test that does not run for a reason, which is told; null runs it. */
export function testUnless(reason: string | null, name: string, body: (context: TestContext) => Promise<void>): void {
  test(name, { skip: reason !== null, meta: reason === null ? {} : { reason } }, body);
}

/** A test of `./muse test --long` alone. */
export function longTest(takes: string, name: string, body: (context: TestContext) => Promise<void>): void {
  testUnless(isLong ? null : `takes ${takes}: ./muse test --long journeys`, name, body);
}
