import { Link } from '@tanstack/react-router';
import { ListMusic, ListPlus } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { lazyAgain } from '../../components/feedback/lazyAgain';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { TrackList } from '../../components/tracks/TrackList';
import { useFormat } from '../../i18n/useFormat';
import styles from './Playlist.module.css';
import type { PlaylistItems } from './usePlaylistItems';

const AddTracksDialog = lazyAgain(() => import('./AddTracksDialog'));
const MoveToDialog = lazyAgain(() => import('./MoveToDialog'));

export interface PlaylistTracksProps {
  readonly playlistId: string;
  readonly title: string;
  readonly list: PlaylistItems;
  readonly mayEdit: boolean;
  readonly isSmart: boolean;
}

/** The entries: played, selected, dragged, moved and removed. */
export function PlaylistTracks({ playlistId, title, list, mayEdit, isSmart }: PlaylistTracksProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const [moving, setMoving] = useState<readonly number[] | null>(null);
  const [isAdding, setAdding] = useState(false);
  const { items, totalCount, error, pages } = list;
  if (totalCount === null)
    return error ? <ErrorState error={error} onRetry={() => pages.need(0)} /> : <ScreenSkeleton />;
  const add = (
    <Button icon={<ListPlus size={18} />} onClick={() => setAdding(true)}>
      {t('playlists:addTracks')}
    </Button>
  );
  return (
    <div>
      {totalCount === 0 ? (
        <EmptyState
          icon={ListMusic}
          title={isSmart ? t('playlists:noneFit.title') : t('playlists:empty.title')}
          action={mayEdit && add}
        >
          {isSmart ? t('playlists:noneFit.body') : t('playlists:empty.body')}
        </EmptyState>
      ) : (
        <>
          <TrackList
            label={title}
            items={items}
            totalCount={totalCount}
            columns={{ cover: true, album: true }}
            context={{ kind: 'PLAYLIST', id: playlistId }}
            extra={(index) => <Added entry={items[index]} isSmart={isSmart} />}
            onNeed={pages.need}
            onSee={pages.see}
            onRemove={mayEdit ? (indexes) => void list.remove(indexes) : undefined}
            onMove={mayEdit ? (indexes, before) => void list.move(indexes, before) : undefined}
            onMoveTo={mayEdit ? setMoving : undefined}
          />
          {mayEdit && <div className={styles.after}>{add}</div>}
        </>
      )}
      <Suspense fallback={null}>
        {moving && (
          <MoveToDialog indexes={moving} count={totalCount} onClose={() => setMoving(null)} onMove={list.move} />
        )}
        {isAdding && <AddTracksDialog playlistId={playlistId} title={title} onClose={() => setAdding(false)} />}
      </Suspense>
    </div>
  );
}

/** When an entry was added, and by whom. */
function Added({ entry, isSmart }: { entry: PlaylistItems['items'][number]; isSmart: boolean }) {
  const format = useFormat();
  if (!entry || isSmart) return null;
  return (
    <>
      {entry.addedBy && (
        <Link to="/people/$userId" params={{ userId: entry.addedBy.id }} tabIndex={-1} dir="auto">
          {entry.addedBy.displayName}
        </Link>
      )}
      {entry.addedBy && ' · '}
      <time dateTime={entry.addedAt} title={format.dateTime(entry.addedAt)}>
        {format.relative(entry.addedAt)}
      </time>
    </>
  );
}
