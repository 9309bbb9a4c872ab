import type { Me } from '../api/types';

/** The pages that a person's roles open. */
export function pagesOf(me: Me): { to: string; key: 'home' | 'lessons' | 'availability' | 'profile' | 'mentors' | 'children' | 'integrate' | 'administration' }[] {
  const is = (role: string) => me.roles.some((known) => known === role);
  return [
    { to: '/', key: 'home' },
    { to: '/lessons', key: 'lessons' },
    ...(is('student') || is('guardian') ? [{ to: '/mentors', key: 'mentors' } as const] : []),
    ...(is('guardian') ? [{ to: '/children', key: 'children' } as const] : []),
    ...(is('tutor') ? [{ to: '/availability', key: 'availability' } as const, { to: '/profile', key: 'profile' } as const] : []),
    ...(is('integrator') || is('admin') ? [{ to: '/integrate', key: 'integrate' } as const] : []),
    ...(is('admin') ? [{ to: '/administration', key: 'administration' } as const] : []),
  ];
}
