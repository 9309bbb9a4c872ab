import { expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { Presses } from './presses';

/** A line that is answered by hand, with a clock that stands until it is set. */
function line() {
  const sent: { id: string; ago: number; answer: (with_: string) => void; fail: (why: unknown) => void }[] = [];
  const paces: { failures: number; go: () => void }[] = [];
  const clock = { now: 1_000 };
  let ids = 0;
  const presses = new Presses<string>(
    (id, ago) => new Promise((answer, fail) => sent.push({ id, ago, answer, fail })),
    () => `id-${++ids}`,
    () => clock.now,
    () => {
      let go = () => undefined as void;
      return { wait: (failures) => new Promise((done) => { go = done; paces.push({ failures, go: done }); }), hurry: () => go() };
    },
  );
  return { sent, paces, clock, presses };
}

const soon = () => new Promise((done) => setImmediate(done));

it('A press while the line is away arrives once it is back, counted from when it was made', async () => {
  const { sent, paces, clock, presses } = line();
  const pressed = presses.press();
  expect(sent).toMatchObject([{ id: 'id-1', ago: 0 }]);
  sent[0]!.fail(Problem.unreachable());
  await soon();
  clock.now += 7_400;
  paces[0]!.go();
  await soon();
  expect(sent[1]).toMatchObject({ id: 'id-1', ago: 7_400 });
  sent[1]!.answer('kept');
  await expect(pressed).resolves.toBe('kept');
});

it('Two presses are two marks, and the line that is back hurries both', async () => {
  const { sent, presses } = line();
  void presses.press();
  void presses.press();
  for (const { fail } of [...sent]) fail(new Problem(503, {}));
  await soon();
  presses.hurry();
  await soon();
  expect(sent.map(({ id }) => id)).toEqual(['id-1', 'id-2', 'id-1', 'id-2']);
});

it('What the server will not have is not sent again', async () => {
  const { sent, paces, presses } = line();
  const pressed = presses.press();
  sent[0]!.fail(new Problem(409, { code: 'lesson_cancelled' }));
  await expect(pressed).rejects.toThrow('lesson_cancelled');
  expect([sent.length, paces.length]).toEqual([1, 0]);
});
