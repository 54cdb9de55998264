import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { faceUrl } from '../../components/cards/faceUrl';
import type { CollaboratorFaces_playlist$key } from './__generated__/CollaboratorFaces_playlist.graphql';
import styles from './Playlist.module.css';

/** Who works on a playlist, as a row of faces. */
export function CollaboratorFaces({ playlist }: { playlist: CollaboratorFaces_playlist$key }) {
  const { t } = useTranslation('playlists');
  const { collaborators } = useFragment(
    graphql`
      fragment CollaboratorFaces_playlist on Playlist {
        collaborators {
          user {
            id
            displayName
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
  const people = collaborators.flatMap(({ user }) => user ?? []);
  if (people.length === 0) return null;
  return (
    <ul className={styles.faces} aria-label={t('collaborators')}>
      {people.map((person) => (
        <li key={person.id}>
          <Link
            to="/people/$userId"
            params={{ userId: person.id }}
            title={person.displayName}
            aria-label={person.displayName}
          >
            <Cover url={faceUrl(person)} title={person.displayName} shape="round" sizes="2rem" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
