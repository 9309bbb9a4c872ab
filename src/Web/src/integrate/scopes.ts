import type { ApiScope } from '../api/types';

/** In the order in which the server shows them. */
export const scopes: readonly ApiScope[] = [
  'people:read', 'people:write', 'availability:read', 'availability:write', 'bookings:read', 'bookings:write', 'lessons:read', 'events:read',
  'webhooks:manage', 'sandbox:manage',
];
