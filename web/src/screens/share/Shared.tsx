import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Page, PageHeader } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useSession } from '../../session/SessionProvider';
import type { SharedQuery } from './__generated__/SharedQuery.graphql';
import { Expired } from './Expired';
import { LinkButton } from './LinkButton';
import { SaveCopy } from './SaveCopy';
import styles from './Shared.module.css';
import { SharedTracks } from './SharedTracks';
import { SignInToListen } from './SignInToListen';

/** Screen 20: a playlist by its share link, for whoever has it, signed in or not. */
export default function Shared() {
  const { token } = useParams({ from: '/open/s/$token' });
  const { t } = useTranslation(['playlists', 'common']);
  const format = useFormat();
  const session = useSession();
  const navigate = useNavigate();
  const { sharedPlaylist: playlist } = useLazyLoadQuery<SharedQuery>(
    graphql`
      query SharedQuery($token: String!) {
        sharedPlaylist(token: $token) {
          id
          title
          description
          itemCount
          durationMs
          visibility
          viewerRole
          owner {
            displayName
          }
          items(first: 1) {
            edges {
              node {
                track {
                  album {
                    coverUrl
                  }
                }
              }
            }
          }
        }
      }
    `,
    { token },
  );
  const isSignedIn = session.status === 'signedIn';
  if (!playlist) return <Expired />;
  const mayOpen = playlist.visibility !== 'PRIVATE' || playlist.viewerRole !== null;
  const cover = (playlist.items.edges[0]?.node.track?.album?.coverUrl as string | null | undefined) ?? null;
  const header = (
    <PageHeader
      kind={t('playlists:sharedBy', { name: playlist.owner?.displayName ?? t('playlists:somebody') })}
      title={playlist.title}
      cover={{ url: cover }}
      meta={[
        t('common:trackCount', { count: playlist.itemCount }),
        playlist.durationMs > 0 && format.duration(playlist.durationMs),
      ]}
      actions={
        isSignedIn ? (
          <>
            {mayOpen && (
              <LinkButton to="/playlists/$playlistId" params={{ playlistId: playlist.id }} isPrimary>
                {t('playlists:open')}
              </LinkButton>
            )}
            <SaveCopy
              token={token}
              title={playlist.title}
              onSaved={(playlistId) => void navigate({ to: '/playlists/$playlistId', params: { playlistId } })}
            />
          </>
        ) : (
          <SignInToListen next={`/s/${token}`} />
        )
      }
    >
      {playlist.description && (
        <p className={styles.description} dir="auto">
          {playlist.description}
        </p>
      )}
    </PageHeader>
  );
  return (
    <Page title={playlist.title} header={header}>
      <SharedTracks token={token} title={playlist.title} />
    </Page>
  );
}
