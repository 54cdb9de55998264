import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useFormat } from '../../i18n/useFormat';
import { BulkAsk, type BulkQuestion } from './BulkAsk';
import { ChosenList } from './ChosenList';
import type { DoublesProps } from './Doubles';
import { useNote } from './Doubles';
import type { Issue } from './IssuesOfKind';
import { placesText } from './issueKinds';
import { useBulkEdits } from './useBulkEdits';

/** How many one request may edit. */
const MOST = 100;
/** What several tracks can be given at once. */
const FIELD = { TRACK_WITHOUT_GENRE: 'genres', TRACK_OF_UNKNOWN_ARTIST: 'artists' } as const;

/** Things of which something is missing: each leads to where it is edited, and tracks are edited together. */
export function Flaws({ kind, issues, onChanged }: DoublesProps) {
  const { t } = useTranslation('studio');
  const note = useNote();
  const gaps = useGaps();
  const [question, setQuestion] = useState<BulkQuestion | null>(null);
  const bulk = useBulkEdits(onChanged);
  const field = kind === 'TRACK_WITHOUT_GENRE' || kind === 'TRACK_OF_UNKNOWN_ARTIST' ? FIELD[kind] : null;
  const rows = issues.flatMap((issue) =>
    issue.things.map((thing) => ({
      ...thing,
      note: kind === 'ALBUM_WITH_GAPS' ? [note(thing), gaps(issue)].join(' · ') : note(thing),
    })),
  );
  return (
    <>
      <ChosenList
        title={t(`issue.${kind}`)}
        rows={rows}
        actions={
          field
            ? [
                {
                  ...{ label: t('bulk.edit'), least: 1, most: MOST },
                  act: (chosen) => setQuestion({ kind: 'edit', chosen, field }),
                },
              ]
            : []
        }
      />
      <BulkAsk edits={bulk} question={question} onClose={() => setQuestion(null)} />
    </>
  );
}

/** Which numbers an album lacks, in words. */
function useGaps(): (issue: Issue) => string {
  const { t } = useTranslation('studio');
  const format = useFormat();
  return ({ missing }) =>
    missing.length === 0
      ? t('issues.unnumbered')
      : t('issues.missing', { numbers: placesText(missing, (value) => format.count(value)) });
}
