import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = { target: 'http://localhost:5080', changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  // The one chunk above the usual limit is hls.js, which only the review page fetches.
  build: { outDir: '../Api/wwwroot', emptyOutDir: true, target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700 },
  server: {
    port: 5173,
    proxy: {
      '/v1': { ...api, ws: true },
      '/openapi': api,
      '/docs': api,
      '/.well-known': api,
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    environment: 'node',
    reporters: process.env.MUSE_TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.MUSE_TEST_REPORT }]]
      : ['default'],
  },
});
