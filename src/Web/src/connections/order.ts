import type { Connection, ProviderName } from '../api/types';

/** The tutor's order first, then what it does not name as the school has it. */
export function inOrder(connections: readonly Connection[], order: readonly ProviderName[]): Connection[] {
  const place = ({ provider }: Connection) => {
    const at = order.indexOf(provider);
    return at < 0 ? order.length : at;
  };
  return [...connections].sort((one, other) => place(one) - place(other));
}

/** One place up (-1) or down (1); the same order at the ends. */
export function moved(order: readonly ProviderName[], provider: ProviderName, by: -1 | 1): ProviderName[] {
  const from = order.indexOf(provider);
  const to = from + by;
  const next = [...order];
  if (from < 0 || to < 0 || to >= order.length) return next;
  next.splice(from, 1);
  next.splice(to, 0, provider);
  return next;
}
