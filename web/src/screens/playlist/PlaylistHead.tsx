import { Link } from '@tanstack/react-router';
import { Globe, Link2, Lock, Pencil, Share2, Users } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';
import { faceUrl } from '../../components/cards/faceUrl';
import { Button } from '../../components/controls/Button';
import { lazyAgain } from '../../components/feedback/lazyAgain';
import { PageHeader } from '../../components/layout/Page';
import { PlayActions } from '../../components/tracks/PlayActions';
import { useFormat } from '../../i18n/useFormat';
import type { PlaylistHead_playlist$key } from './__generated__/PlaylistHead_playlist.graphql';
import { CollaboratorFaces } from './CollaboratorFaces';
import styles from './Playlist.module.css';
import { type PlaylistDialog, PlaylistMenu } from './PlaylistMenu';
import type { PlaylistItems } from './usePlaylistItems';

const PlaylistDialogs = lazyAgain(() => import('./PlaylistDialogs'));

const VISIBILITY_ICONS = { PRIVATE: Lock, UNLISTED: Link2, PUBLIC: Globe } as const;

/** What a playlist is, and what can be done with the whole of it. */
export function PlaylistHead({ playlist, list }: { playlist: PlaylistHead_playlist$key; list: PlaylistItems }) {
  const { t } = useTranslation(['playlists', 'common']);
  const format = useFormat();
  const [dialog, setDialog] = useState<PlaylistDialog | null>(null);
  const data = useFragment(
    graphql`
      fragment PlaylistHead_playlist on Playlist {
        id
        title
        description
        visibility
        itemCount
        durationMs
        updatedAt
        viewerRole
        rules {
          limit
        }
        picture {
          id
          url
        }
        owner {
          id
          displayName
        }
        ...CollaboratorFaces_playlist
        ...PlaylistDialogs_playlist
      }
    `,
    playlist,
  );
  const isOwner = data.viewerRole === 'OWNER';
  const Icon = VISIBILITY_ICONS[data.visibility];
  const cover = faceUrl(data) ?? list.items.find((item) => item?.coverUrl)?.coverUrl ?? null;
  return (
    <>
      <PageHeader
        kind={data.rules ? t('playlists:smart') : t('common:kind.Playlist')}
        title={data.title}
        cover={{ url: cover }}
        meta={[
          data.owner && (
            <Link key="owner" to="/people/$userId" params={{ userId: data.owner.id }} dir="auto">
              {data.owner.displayName}
            </Link>
          ),
          t('common:trackCount', { count: data.itemCount }),
          data.durationMs > 0 && format.duration(data.durationMs),
          <span key="visibility" className={styles.visibility}>
            <Icon size={14} aria-hidden="true" />
            {t(`playlists:seen.${data.visibility}`)}
          </span>,
          <span key="updated" title={format.dateTime(data.updatedAt)}>
            {t('playlists:changed', { when: format.relative(data.updatedAt) })}
          </span>,
        ]}
        actions={
          <>
            <PlayActions context={{ kind: 'PLAYLIST', id: data.id }} disabled={data.itemCount === 0} />
            {isOwner && (
              <Button size="l" icon={<Share2 size={18} />} onClick={() => setDialog('share')}>
                {t('common:share')}
              </Button>
            )}
            <PlaylistMenu
              playlistId={data.id}
              role={data.viewerRole ?? null}
              isSmart={Boolean(data.rules)}
              list={list}
              onOpen={setDialog}
            />
          </>
        }
      >
        {data.description && (
          <p className={styles.description} dir="auto">
            {data.description}
          </p>
        )}
        <div className={styles.people}>
          <CollaboratorFaces playlist={data} />
          {isOwner && !data.rules && (
            <Button variant="quiet" size="s" icon={<Users size={16} />} onClick={() => setDialog('people')}>
              {t('playlists:collaborators')}
            </Button>
          )}
          {isOwner && (
            <Button variant="quiet" size="s" icon={<Pencil size={16} />} onClick={() => setDialog('edit')}>
              {t('playlists:editDetails')}
            </Button>
          )}
        </div>
      </PageHeader>
      {dialog && (
        <Suspense fallback={null}>
          <PlaylistDialogs playlist={data} dialog={dialog} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </>
  );
}
