import type { Named } from './MergeDialog';

/** A thing at the version that the page shows, so that nobody's edit is lost under another. */
export interface Versioned extends Named {
  readonly version: number;
}

/** The ids of things with their versions, as edits of several take them. */
export const idsOf = (chosen: readonly Versioned[]) => ({
  ids: chosen.map(({ id }) => id),
  baseVersions: chosen.map(({ version }) => version),
});

/** What was not done, and why, in words. */
export interface Refused {
  readonly name: string;
  readonly reason: string;
}

export interface EditError {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly string[] | null | undefined;
}

/** Why an edit was refused; `stale` are the words for what somebody else has changed meanwhile. */
export const reasonOf = ({ code, message }: EditError, stale: string) => (code === 'STALE_VERSION' ? stale : message);

/**
 * The things that an edit of several has left as they were: the place in the list of ids stands in an error's path
 * (`["ids", "3"]`); an error without a place is about all of them.
 */
export function refusedOf(chosen: readonly Named[], errors: readonly EditError[], stale: string): readonly Refused[] {
  return errors.flatMap((error) => {
    const place = error.path?.[0] === 'ids' ? error.path[1] : undefined;
    const reason = reasonOf(error, stale);
    const one = place === undefined ? undefined : chosen[Number(place)];
    return (one ? [one] : chosen).map(({ name }) => ({ name, reason }));
  });
}
