import { expect, it } from 'vitest';
import { browserFamily } from './browserFamily';
import { hasDifferences } from './checkDevices';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36', 'chromium'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0', 'chromium'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'firefox'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', 'safari'],
  ['Mozilla/5.0 (iPad; CPU OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0.0.0 Mobile/15E148 Safari/604.1', 'safari'],
  ['curl/8.0', 'other'],
])('%s is %s', (agent, family) => {
  expect(browserFamily(agent)).toBe(family);
});

it('tells a picture from a covered lens', () => {
  const dark = new Uint8ClampedArray(4 * 50).fill(8);
  expect(hasDifferences(dark)).toBe(false);
  const picture = dark.slice();
  picture.set([200, 200, 200, 255], 40);
  expect(hasDifferences(picture)).toBe(true);
});
