import { UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
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

/** Lets somebody see or edit a playlist, or takes that back (null). Gives what was wrong, or null. */
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
        among={new Set(data.collaborators.flatMap(({ user }) => user?.id ?? []))}
        onInvite={(userId) => set(userId, 'EDITOR')}
      />
      <ul className={styles.collaborators}>
        {data.collaborators.map(({ role, user }) =>
          user ? (
            <li key={user.id}>
              <Cover url={user.avatarUrl as string | null} title={user.displayName} shape="round" sizes="2.5rem" />
              <div>
                <strong dir="auto">{user.displayName}</strong>
                <small dir="ltr">@{user.handle}</small>
              </div>
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
    </Dialog>
  );
}

/** Finds people by handle or name while somebody types, each with a button that lets them in. */
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
              <Cover url={person.avatarUrl as string | null} title={person.displayName} shape="round" sizes="2.5rem" />
              <div>
                <strong dir="auto">{person.displayName}</strong>
                <small dir="ltr">@{person.handle}</small>
              </div>
              <Button
                size="s"
                icon={<UserPlus size={16} />}
                aria-label={t('addNamed', { title: person.displayName })}
                onClick={() => void invite(person.id)}
              >
                {t('add')}
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
