import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    environment: 'node',
    // Two browsers and a media server are all that a small machine carries at a time.
    fileParallelism: false,
    globalSetup: ['./journey/built.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: process.env.MUSE_TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.MUSE_TEST_REPORT }]]
      : ['default'],
  },
});
