import { UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { faceUrl } from '../../components/cards/faceUrl';
import { Button, IconButton } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Select, TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import { useSession } from '../../session/SessionProvider';
import type { CollaboratorsDialog_playlist$key } from './__generated__/CollaboratorsDialog_playlist.graphql';
import type { CollaboratorsDialogMutation, PlaylistRole } from './__generated__/CollaboratorsDialogMutation.graphql';
import styles from './Playlist.module.css';
import { usePeople } from './usePeople';

/** Invites somebody to a playlist, changes their role, or lets them out (null). Gives what was wrong, or null. */
export function useSetCollaborator(playlistId: string) {
  const { t } = useTranslation();
  const commit = usePromisedMutation<CollaboratorsDialogMutation>(graphql`
    mutation CollaboratorsDialogMutation($playlistId: ID!, $userId: ID!, $role: PlaylistRole) {
      setPlaylistCollaborator(playlistId: $playlistId, userId: $userId, role: $role) {
        playlist {
          id
          version
          ...CollaboratorsDialog_playlist
          ...CollaboratorFaces_playlist
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (userId: string, role: PlaylistRole | null) => {
    const payload = (await commit({ variables: { playlistId, userId, role } }))?.setPlaylistCollaborator;
    return payload && payload.userErrors.length === 0 ? null : (payload?.userErrors[0]?.message ?? t('actionFailed'));
  };
}

/** Who may work on a playlist with its owner. */
export function CollaboratorsDialog({
  playlist,
  onClose,
}: {
  playlist: CollaboratorsDialog_playlist$key;
  onClose: () => void;
}) {
  const { t } = useTranslation(['playlists', 'common']);
  const data = useFragment(
    graphql`
      fragment CollaboratorsDialog_playlist on Playlist {
        id
        collaborators {
          role
          user {
            id
            displayName
            handle
            avatarUrl
            picture {
              url
            }
          }
        }
        invitations {
          id
          role
          state
          user {
            id
            displayName
            handle
            avatarUrl
            picture {
              url
            }
          }
        }
      }
    `,
    playlist,
  );
  const set = useSetCollaborator(data.id);
  const change = async (userId: string, role: PlaylistRole | null) => {
    const error = await set(userId, role);
    if (error) toast(error, { tone: 'error' });
  };
  const roles = (['EDITOR', 'VIEWER'] as const).map((value) => ({ value, label: t(`playlists:role.${value}`) }));
  return (
    <Dialog title={t('playlists:collaborators')} onClose={onClose}>
      <Invite
        among={new Set([...data.collaborators, ...data.invitations].flatMap(({ user }) => user?.id ?? []))}
        onInvite={(userId) => set(userId, 'EDITOR')}
      />
      <ul className={styles.collaborators}>
        {data.collaborators.map(({ role, user }) =>
          user ? (
            <li key={user.id}>
              <Face person={user} />
              <Select
                label={t('playlists:roleOf', { name: user.displayName })}
                hideLabel
                options={roles}
                value={role}
                onChange={(value) => void change(user.id, value as PlaylistRole)}
              />
              <IconButton
                label={t('playlists:removePerson', { name: user.displayName })}
                icon={<X size={18} />}
                onClick={() => void change(user.id, null)}
              />
            </li>
          ) : null,
        )}
      </ul>
      {data.invitations.length > 0 && (
        <ul className={styles.collaborators} aria-label={t('playlists:invited')}>
          {data.invitations.map(({ id, role, state, user }) =>
            user ? (
              <li key={id}>
                <Face person={user} note={t(`playlists:invited.${state}`)} />
                {state === 'ASKED' && (
                  <Button
                    size="s"
                    icon={<UserPlus size={16} />}
                    aria-label={t('playlists:letInNamed', { name: user.displayName })}
                    onClick={() => void change(user.id, role)}
                  >
                    {t('playlists:letIn')}
                  </Button>
                )}
                {state !== 'DECLINED' && (
                  <IconButton
                    label={t('playlists:withdraw', { name: user.displayName })}
                    icon={<X size={18} />}
                    onClick={() => void change(user.id, null)}
                  />
                )}
              </li>
            ) : null,
          )}
        </ul>
      )}
    </Dialog>
  );
}

interface FaceProps {
  readonly person: { readonly displayName: string; readonly handle: string } & Parameters<typeof faceUrl>[0];
  /** Instead of the handle. */
  readonly note?: string;
}

/** Who it is: two cells of a row. */
function Face({ person, note }: FaceProps) {
  return (
    <>
      <Cover url={faceUrl(person)} title={person.displayName} shape="round" sizes="2.5rem" />
      <div>
        <strong dir="auto">{person.displayName}</strong>
        {note ? <small>{note}</small> : <small dir="ltr">@{person.handle}</small>}
      </div>
    </>
  );
}

/** Finds people by handle or name while somebody types, each with a button that invites them. */
function Invite({
  among,
  onInvite,
}: {
  among: ReadonlySet<string>;
  onInvite: (userId: string) => Promise<string | null>;
}) {
  const { t } = useTranslation('playlists');
  const session = useSession();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const people = usePeople(text)?.filter(
    ({ id }) => !among.has(id) && !(session.status === 'signedIn' && session.userId === id),
  );
  const invite = async (userId: string) => {
    const refusal = await onInvite(userId);
    setError(refusal);
    if (!refusal) setText('');
  };
  return (
    <div className={styles.invite}>
      <TextField
        label={t('findPeople')}
        hint={t('findPeopleHint')}
        type="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={error}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {people && people.length > 0 && (
        <ul className={styles.collaborators} aria-label={t('found')}>
          {people.map((person) => (
            <li key={person.id}>
              <Face person={person} />
              <Button
                size="s"
                icon={<UserPlus size={16} />}
                aria-label={t('inviteNamed', { name: person.displayName })}
                onClick={() => void invite(person.id)}
              >
                {t('invite')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p role="status" className={people?.length === 0 ? styles.nobody : 'visually-hidden'}>
        {people?.length === 0 ? t('nobodyFound') : ''}
      </p>
    </div>
  );
}
