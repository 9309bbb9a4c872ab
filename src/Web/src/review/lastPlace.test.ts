import { afterEach, expect, it, vi } from 'vitest';
import { keepPlace, lastPlace } from './lastPlace';

afterEach(() => vi.unstubAllGlobals());

it('Siblings on one tablet go on where each of them stopped', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key),
  });
  keepPlace('mina', 'lesson', 12.5, 60);
  expect([lastPlace('mina', 'lesson'), lastPlace('jun', 'lesson')]).toEqual([12.5, 0]);
  keepPlace('mina', 'lesson', 60, 60);
  expect(lastPlace('mina', 'lesson')).toBe(0);
});

it('A browser that lets nobody keep anything begins at the beginning', () => {
  const refuse = () => { throw new DOMException('no', 'SecurityError'); };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
  expect(() => keepPlace('mina', 'lesson', 12.5, 60)).not.toThrow();
  expect(lastPlace('mina', 'lesson')).toBe(0);
});
