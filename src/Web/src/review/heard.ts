/** Which sides are heard. */
export interface Heard {
  /** Index of the only side that is heard; null: all. */
  solo: number | null;
  muted: readonly number[];
}

/** Only this one, whether or not it was mute before; once more: all again. */
export const withSolo = ({ solo, muted }: Heard, index: number): Heard => ({ solo: solo === index ? null : index, muted });

/** Silent, or heard again. To silence the only one that is heard is to end that, so that there is never nothing to hear without a word. */
export function withMute({ solo, muted }: Heard, index: number): Heard {
  if (solo === index) return { solo: null, muted: [...muted.filter((one) => one !== index), index] };
  return { solo, muted: muted.includes(index) ? muted.filter((one) => one !== index) : [...muted, index] };
}

export const isSilent = ({ solo, muted }: Heard, index: number): boolean => (solo === null ? muted.includes(index) : solo !== index);
