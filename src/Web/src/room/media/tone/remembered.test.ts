import { expect, it } from 'vitest';
import { recall, remember } from './remembered';

const browser = 'Chrome/156';

it('What a test found is known again', () => {
  const memory = remember(recall(null, browser), 'stereo=1', ['narrowSent']);
  expect(recall(JSON.stringify(memory), browser).found).toEqual({ 'stereo=1': ['narrowSent'] });
});

it('Another version of the browser is tested anew', () => {
  const memory = remember(recall(null, browser), 'stereo=1', []);
  expect(recall(JSON.stringify(memory), 'Chrome/157').found).toEqual({});
});

it.each(['', 'no JSON', 'null', '7', '{"browser":"Chrome/156"}', '{"browser":"Chrome/156","found":{"a":1}}'])('%j in the store is as if nothing were there', (stored) => {
  expect(recall(stored, browser)).toEqual({ browser, found: {} });
});

it('A later test of the same parameters counts, and only the last six parameters are kept', () => {
  let memory = recall(null, browser);
  for (const parameters of ['1', '2', '3', '4', '5', '6', '1', '7']) memory = remember(memory, `bitrate=${parameters}`, parameters === '1' ? ['monoSent'] : []);
  expect(Object.keys(memory.found)).toEqual(['bitrate=3', 'bitrate=4', 'bitrate=5', 'bitrate=6', 'bitrate=1', 'bitrate=7']);
  expect(memory.found['bitrate=1']).toEqual(['monoSent']);
});
