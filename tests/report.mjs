// Reads the two report formats of our test runners: CTRF (xunit) and the JSON of vitest.

/** @returns {{passed: number, failures: {name: string, message: string}[], skips: {name: string, message: string}[]}} */
export function readReport(text) {
  const report = JSON.parse(text.replace(/^\uFEFF/, ''));
  const tests = report.results ? fromCtrf(report) : fromVitest(report);
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    skips: tests.filter((test) => ['skipped', 'pending', 'todo', 'disabled'].includes(test.status)),
    // Whatever is neither passed nor skipped counts as failed, states of a future version included.
    failures: tests.filter((test) => !['passed', 'skipped', 'pending', 'todo', 'disabled'].includes(test.status)),
  };
}

function fromCtrf(report) {
  // CTRF has a member for why a test failed; xunit says why one was skipped in `extra`.
  return report.results.tests.map(({ name, status, message, extra }) => ({ name, status, message: message ?? extra?.reason ?? '' }));
}

function fromVitest(report) {
  return report.testResults.flatMap((file) =>
    file.assertionResults.length === 0 && file.status !== 'passed'
      ? [{ name: file.name, status: 'failed', message: file.message ?? '' }] // The file itself did not load.
      : file.assertionResults.map((test) => ({
          name: test.fullName,
          status: test.status,
          message: (test.failureMessages ?? []).join('\n') || test.meta?.reason || '',
        })));
}
