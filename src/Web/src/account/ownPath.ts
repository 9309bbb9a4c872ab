/** Only paths of our own: a foreign address in `next` would make the sign-in page a springboard. */
export function ownPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
