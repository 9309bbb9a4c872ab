// Where somebody stopped, so that it goes on there: of each person apart, because a family shares a tablet.
const keyOf = (person: string, recording: string) => `muse.review.${person}.${recording}`;

/** Seconds; 0 where nothing is kept, or this browser keeps nothing. */
export function lastPlace(person: string, recording: string): number {
  try {
    return Number(localStorage.getItem(keyOf(person, recording)) ?? 0) || 0;
  } catch {
    return 0;
  }
}

/** At its beginning and its end there is nothing to remember. */
export function keepPlace(person: string, recording: string, at: number, length: number): void {
  try {
    if (at > 0 && at < length) localStorage.setItem(keyOf(person, recording), at.toFixed(2));
    else localStorage.removeItem(keyOf(person, recording));
  } catch {
    // A browser that keeps nothing begins at the beginning.
  }
}
