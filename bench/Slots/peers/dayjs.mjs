import dayjs from "dayjs";
import timezone from "dayjs/plugin/timezone.js";
import utc from "dayjs/plugin/utc.js";
import { measure } from "./measure.mjs";

dayjs.extend(utc);
dayjs.extend(timezone);

// The textbook loop on the public API: every window of every date resolved, stepped, checked, formatted for the viewer.
await measure((week) => {
  const busy = week.busy.map(([start, end]) => [dayjs(start).valueOf(), dayjs(end).valueOf()]);
  const slots = [];
  const first = dayjs.utc(week.firstDate);
  for (let i = 0; i < week.days; i++) {
    const date = first.add(i, "day").format("YYYY-MM-DD");
    for (const [from, to] of week.windows) {
      const end = dayjs.tz(`${date} ${to}`, week.tutorZone).valueOf();
      for (let start = dayjs.tz(`${date} ${from}`, week.tutorZone); ; start = start.add(week.minutes, "minute")) {
        const at = start.valueOf();
        const until = at + week.minutes * 60_000;
        if (until > end) break;
        if (busy.some(([s, e]) => s < until && at < e)) continue;
        slots.push(start.tz(week.viewerZone).format("YYYY-MM-DDTHH:mm:ssZ"));
      }
    }
  }
  return slots;
});
