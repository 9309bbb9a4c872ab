import { addMinutes, addDays } from "date-fns";
import { formatInTimeZone, fromZonedTime } from "date-fns-tz";
import { measure } from "./measure.mjs";

// The textbook loop on the public API: every window of every date resolved, stepped, checked, formatted for the viewer.
await measure((week) => {
  const busy = week.busy.map(([start, end]) => [new Date(start).getTime(), new Date(end).getTime()]);
  const slots = [];
  const first = new Date(`${week.firstDate}T00:00:00Z`);
  for (let i = 0; i < week.days; i++) {
    const date = addDays(first, i).toISOString().slice(0, 10);
    for (const [from, to] of week.windows) {
      const end = fromZonedTime(`${date}T${to}:00`, week.tutorZone).getTime();
      for (let start = fromZonedTime(`${date}T${from}:00`, week.tutorZone); ; start = addMinutes(start, week.minutes)) {
        const at = start.getTime();
        const until = at + week.minutes * 60_000;
        if (until > end) break;
        if (busy.some(([s, e]) => s < until && at < e)) continue;
        slots.push(formatInTimeZone(start, week.viewerZone, "yyyy-MM-dd'T'HH:mm:ssxxx"));
      }
    }
  }
  return slots;
});
