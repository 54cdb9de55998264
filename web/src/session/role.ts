/** What the person may do here, as their access token says. It is for what is shown; the services decide by themselves. */

import { useSyncExternalStore } from 'react';

import { session } from '.';

let role: string | null = null;
const listeners = new Set<() => void>();

session.onToken((token) => {
  const next = roleOf(token);
  if (next === role) return;
  role = next;
  for (const listener of listeners) listener();
});

/** The role in a token; null where there is none to be read. */
export function roleOf(token: string): string | null {
  try {
    const [, claims = ''] = token.split('.');
    const read: unknown = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof read === 'object' && read !== null && 'role' in read ? String(read.role) : null;
  } catch {
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the person may upload. Who is not known yet may: nothing is taken away and given back. */
export function useMayUpload(): boolean {
  return useSyncExternalStore(subscribe, () => role?.toUpperCase() !== 'LISTENER');
}
