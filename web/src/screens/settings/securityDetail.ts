/** An id of the server's, with the word before it that leads to it. */
const ID = /\s*(?:\bby )?\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b/g;

/** What else an entry of the security log says, without ids: who did it stands beside it by name, and the others name nothing. */
export const securityDetail = (detail: string | null | undefined): string => (detail ?? '').replace(ID, '').trim();
