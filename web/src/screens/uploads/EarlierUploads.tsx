import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, usePaginationFragment } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { PartialFailure } from '../../components/feedback/States';
import { Section } from '../../components/layout/Page';
import type { UploadsManager } from '../../uploads';
import { readUpload } from '../../uploads/operations';
import { phaseOf } from '../../uploads/problems';
import type { UploadItem } from '../../uploads/types';
import type { EarlierUploads_query$key } from './__generated__/EarlierUploads_query.graphql';
import { UploadRow } from './UploadRow';
import styles from './Uploads.module.css';

export interface EarlierUploadsProps {
  readonly query: EarlierUploads_query$key;
  readonly manager: UploadsManager;
  /** What the list above shows already. */
  readonly items: readonly UploadItem[];
  readonly generation: number;
}

const PAGE = 50;

/** What was uploaded before, the newest first; what is not finished of it goes into the list above. */
export function EarlierUploads({ query, manager, items, generation }: EarlierUploadsProps) {
  const { t } = useTranslation(['uploads', 'common']);
  const { data, hasNext, loadNext, isLoadingNext, refetch } = usePaginationFragment(
    graphql`
      fragment EarlierUploads_query on Query
      @refetchable(queryName: "EarlierUploadsQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, after: { type: "String" }) {
        viewer {
          uploads(first: $count, after: $after) @connection(key: "EarlierUploads_uploads") {
            edges {
              node {
                id
                ...operations_upload
              }
            }
          }
        }
      }
    `,
    query,
  );
  const uploads = data.viewer?.uploads?.edges.map(({ node }) => readUpload(node)) ?? [];
  const known = uploads.map(({ id, state }) => `${id} ${state}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: again when there are others, not at every frame
  useEffect(() => manager.adopt(uploads), [manager, known]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the list above was cleared
  useEffect(() => {
    if (generation > 0) refetch({ count: PAGE }, { fetchPolicy: 'store-and-network' });
  }, [generation]);
  const above = new Set(items.map(({ uploadId }) => uploadId));
  // The tracks of a divided file are shown with it.
  const cuts = new Set(
    [...uploads, ...items.flatMap(({ server }) => server ?? [])].flatMap((one) => one.cuts.map(({ id }) => id)),
  );
  const shown = uploads.filter(
    ({ id, state, job }) => !above.has(id) && !cuts.has(id) && !(state === 'EXPIRED' && !job),
  );
  if (data.viewer && !data.viewer.uploads)
    return <PartialFailure what={t('uploads:earlier')} onRetry={() => refetch({}, { fetchPolicy: 'network-only' })} />;
  if (shown.length === 0 && !hasNext) return null;
  return (
    <Section title={t('uploads:earlier')}>
      <ul className={styles.earlier}>
        {shown.map((upload) => (
          <li key={upload.id} aria-label={upload.filename}>
            <UploadRow item={itemOf(upload)} manager={manager} />
          </li>
        ))}
      </ul>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </Section>
  );
}

/** A row of what is over; nothing can be done to it here but play it. */
function itemOf(server: ReturnType<typeof readUpload>): UploadItem {
  const { phase, problem } = phaseOf(server, false);
  const { id, filename, sizeBytes } = server;
  const shown = problem && { ...problem, canRetry: false };
  return {
    key: id,
    filename,
    folder: '',
    sizeBytes,
    phase,
    problem: shown,
    doneBytes: 0,
    uploadId: id,
    server,
    hasFile: false,
  };
}
