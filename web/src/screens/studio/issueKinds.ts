import type { CatalogIssueKind } from './__generated__/IssuesOfKindQuery.graphql';

type Known = Exclude<CatalogIssueKind, '%future added value'>;

/** What may be wrong, in the order in which it is listed: likely doubles first. */
export const ISSUE_KINDS = [
  'DUPLICATE_ARTISTS',
  'DUPLICATE_ALBUMS',
  'DUPLICATE_TRACKS',
  'DUPLICATE_RECORDINGS',
  'TRACK_OF_UNKNOWN_ARTIST',
  'TRACK_WITHOUT_GENRE',
  'ALBUM_WITHOUT_COVER',
  'ALBUM_WITHOUT_YEAR',
  'ALBUM_WITH_GAPS',
  'ARTIST_WITHOUT_IMAGE',
] as const satisfies readonly Known[];

export type IssueKind = (typeof ISSUE_KINDS)[number];

/** The kind in an address: `duplicate-artists`. */
export const slugOf = (kind: IssueKind) => kind.toLowerCase().replaceAll('_', '-');

/** The kind that an address names; null for any other text. */
export const kindOf = (slug: string): IssueKind | null => ISSUE_KINDS.find((kind) => slugOf(kind) === slug) ?? null;

interface Place {
  readonly discNumber: number;
  readonly trackNumber: number;
}

/** Places of an album as people write them: `3`, and `2/3` where there are several discs. Those that follow each other are one. */
export function placesText(places: readonly Place[], count: (value: number) => string): string {
  const isOneDisc = places.every(({ discNumber }) => discNumber === 1);
  const runs: { discNumber: number; from: number; to: number }[] = [];
  for (const { discNumber, trackNumber } of places) {
    const last = runs.at(-1);
    if (last && last.discNumber === discNumber && last.to + 1 === trackNumber) last.to = trackNumber;
    else runs.push({ discNumber, from: trackNumber, to: trackNumber });
  }
  return runs
    .map(({ discNumber, from, to }) => {
      const numbers = from === to ? count(from) : `${count(from)}–${count(to)}`;
      return isOneDisc ? numbers : `${count(discNumber)}/${numbers}`;
    })
    .join(', ');
}
