/** Answers by which the server says that there is nothing for whoever asks: gone, withdrawn, or the address is no longer good. */
export const isRefused = (status: number): boolean => status === 401 || status === 403 || status === 404 || status === 410;

/** So many failures after another are told; a single one is mended before anybody needs to know. */
export const toldAfter = 3;

/** Seconds after which a wait is told: shorter ones are what every jump takes. */
export const toldAfterWaiting = 0.5;

/** What a person has to know: the line fails, or the server shows it no longer. */
export type Trouble = 'line' | 'refused';

export function troubleOf(status: number, failures: number): Trouble | null {
  return isRefused(status) ? 'refused' : failures >= toldAfter ? 'line' : null;
}

/** A browser that wants a tap first; other ends of a promise to play are the player's own doing. */
export const needsTap = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotAllowedError';
