import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ViewSizes } from './viewSizes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(): [ViewSizes, [string, number][]] {
  const sent: [string, number][] = [];
  return [new ViewSizes((trackId, height) => sent.push([trackId, height])), sent];
}

it('A tile that is dragged larger says its size once it rests, rounded up', () => {
  const [views, sent] = watched();
  views.attached('ann', 'track');
  for (let height = 100; height <= 200; height += 5) views.show('ann', height);
  vi.runAllTimers();
  expect(sent).toEqual([['track', 224]]);
  views.show('ann', 210);
  vi.runAllTimers();
  expect(sent).toHaveLength(1);
});

it('A tile that goes is shown at no height, and one that comes back says its size again', () => {
  const [views, sent] = watched();
  views.attached('ann', 'track');
  views.show('ann', 360);
  vi.runAllTimers();
  views.show('ann', 0);
  vi.runAllTimers();
  views.show('ann', 360);
  vi.runAllTimers();
  expect(sent).toEqual([['track', 384], ['track', 0], ['track', 384]]);
});

it('A new track is told the size that its person has already, and so is everybody after a reset', () => {
  const [views, sent] = watched();
  views.show('ann', 360);
  vi.runAllTimers();
  expect(sent).toEqual([]);
  views.attached('ann', 'first');
  vi.runAllTimers();
  views.reset();
  views.attached('ann', 'second');
  vi.runAllTimers();
  expect(sent).toEqual([['first', 384], ['second', 384]]);
});
