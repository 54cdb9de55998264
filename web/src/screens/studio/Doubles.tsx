import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import { BulkAsk } from './BulkAsk';
import { RowLink } from './ChosenList';
import type { Issue } from './IssuesOfKind';
import type { IssueKind } from './issueKinds';
import type { IssueThing } from './issueThings';
import { MergeDialog } from './MergeDialog';
import styles from './Studio.module.css';
import { useBulkEdits } from './useBulkEdits';
import { useCatalogEdits } from './useCatalogEdits';

export interface DoublesProps {
  readonly kind: IssueKind;
  readonly issues: readonly Issue[];
  readonly onChanged: () => void;
}

/** Things that are likely the same, each group with what makes it one. */
export function Doubles({ kind, issues, onChanged }: DoublesProps) {
  const { t } = useTranslation('studio');
  const note = useNote();
  const [asked, setAsked] = useState<readonly IssueThing[] | null>(null);
  const bulk = useBulkEdits(onChanged);
  const edits = useCatalogEdits(onChanged);
  const what = kind === 'DUPLICATE_ARTISTS' ? 'artists' : kind === 'DUPLICATE_ALBUMS' ? 'albums' : 'tracks';
  const label = t(`merge.${what}`);
  const merge = async (target: IssueThing, sources: readonly IssueThing[]) => {
    if (what === 'tracks') {
      await bulk.withdrawTracks(sources);
      return true;
    }
    const ids = sources.map(({ id }) => id);
    const text = t('merge.done', { sources: namesOf(sources), target: target.name });
    return what === 'artists' ? edits.mergeArtists(text, target.id, ids) : edits.mergeAlbums(text, target.id, ids);
  };
  return (
    <>
      <ul className={styles.groups}>
        {issues.map(({ key, things }) => (
          <li key={key} aria-label={things[0]?.name}>
            <ol className={styles.numbered}>
              {things.map((thing) => (
                <li key={thing.id}>
                  <RowLink row={thing} />
                  <span className={styles.soft} dir="auto">
                    {note(thing)}
                  </span>
                </li>
              ))}
            </ol>
            <Button size="s" aria-label={`${label}: ${things[0]?.name}`} onClick={() => setAsked(things)}>
              {label}
            </Button>
          </li>
        ))}
      </ul>
      {asked && <MergeDialog what={what} all={asked} onClose={() => setAsked(null)} onMerge={merge} />}
      <BulkAsk edits={bulk} question={null} onClose={() => {}} />
    </>
  );
}

/** What tells a thing from others of its name. */
export function useNote(): (thing: IssueThing) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ parts, durationMs, trackCount }) =>
    [
      ...parts,
      ...(durationMs === null ? [] : [format.clock(durationMs)]),
      ...(trackCount === null ? [] : [t('trackCount', { count: trackCount })]),
    ].join(' · ');
}
