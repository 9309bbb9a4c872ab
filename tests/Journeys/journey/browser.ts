import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Language } from './texts';
import { writeTwoTones } from './sound';

export interface Visitor {
  context: BrowserContext;
  page: Page;
  language: Language;
  /** Errors that the page wrote to its console or threw. */
  errors: string[];
}

export interface OpenBrowser {
  browser: Browser;
  visit(who: { language: Language; locale: string; timeZone: string; viewport?: { width: number; height: number } }): Promise<Visitor>;
  close(): Promise<void>;
}

/**
 * A browser of its own (one process) whose camera is Chromium's moving test picture and whose microphone plays two tones in stereo; `more`
 * are arguments of Chromium.
 */
export async function openBrowser(origin: string, more: string[] = []): Promise<OpenBrowser> {
  const folder = mkdtempSync(path.join(tmpdir(), 'muse-browser-'));
  const sound = path.join(folder, 'two-tones.wav');
  writeTwoTones(sound);
  const browser = await chromium.launch({
    executablePath: process.env.MUSE_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      '--use-fake-device-for-media-stream=fps=20',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${sound}`,
      '--allow-loopback-in-peer-connection',
      '--autoplay-policy=no-user-gesture-required',
      // Pages that are not in front must go on drawing and decoding.
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
      ...more,
    ],
  });
  return {
    browser,
    async visit({ language, locale, timeZone, viewport }) {
      const context = await browser.newContext({
        baseURL: origin,
        locale,
        timezoneId: timeZone,
        viewport: viewport ?? { width: 1024, height: 768 },
        permissions: ['camera', 'microphone'],
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      return { context, page, language, errors };
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
