/** Two circles that overlap: two people, two clocks. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 34 22" aria-hidden="true">
      <circle cx="11.5" cy="11" r="9" />
      <circle cx="22.5" cy="11" r="9" />
    </svg>
  );
}
