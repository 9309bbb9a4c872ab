// Runs one implementation on the week given on stdin and prints what it found and its CPU time, as one line of JSON.
import { createHash } from "node:crypto";

export async function measure(freeSlots) {
  let text = "";
  for await (const part of process.stdin) text += part;
  const week = JSON.parse(text);
  let slots = freeSlots(week);
  // Warm until the compiler has settled, then the best of five batches: noise only ever adds.
  const until = performance.now() + week.warmMs;
  while (performance.now() < until) slots = freeSlots(week);
  let best = Infinity;
  for (let batch = 0; batch < 5; batch++) {
    const before = process.cpuUsage();
    const stop = performance.now() + week.batchMs;
    let runs = 0;
    do {
      slots = freeSlots(week);
      runs++;
    } while (performance.now() < stop);
    const spent = process.cpuUsage(before);
    best = Math.min(best, (spent.user + spent.system) / runs);
  }
  const hash = createHash("sha256").update(slots.join("\n")).digest("hex");
  console.log(JSON.stringify({ count: slots.length, first: slots[0], hash, microseconds: best }));
}
