import { Check, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { InvitationsAnswerMutation } from './__generated__/InvitationsAnswerMutation.graphql';
import type { InvitationsQuery } from './__generated__/InvitationsQuery.graphql';
import styles from './Invitations.module.css';
import { useAskToJoin } from './useAskToJoin';

/** The playlists that the viewer is invited to, each to accept or decline; nothing while there are none. */
export default function Invitations({ onAccepted }: { onAccepted?: () => void }) {
  const { t } = useTranslation('playlists');
  const [version, setVersion] = useState(0);
  const seen = useRef<number | null>(null);
  // Whoever is invited, here or on another device, is told by a new version of their library.
  useLibraryChanges((next) => {
    if (seen.current !== null && seen.current !== next) setVersion(next);
    seen.current = next;
  });
  const { viewer } = useLazyLoadQuery<InvitationsQuery>(
    graphql`
      query InvitationsQuery {
        viewer {
          playlistInvitations(first: 20) {
            edges {
              node {
                id
                playlistId
                title
                role
                owner {
                  id
                  displayName
                }
              }
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: version },
  );
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set());
  const answer = useAnswer((id, accepted) => {
    setAnswered((before) => new Set(before).add(id));
    if (accepted) onAccepted?.();
  });
  const open = viewer?.playlistInvitations?.edges.map(({ node }) => node).filter(({ id }) => !answered.has(id)) ?? [];
  if (open.length === 0) return null;
  return (
    <Section title={t('invitations')}>
      <ul className={styles.invitations}>
        {open.map(({ id, playlistId, title, role, owner }) => (
          <li key={id}>
            <div>
              <strong dir="auto">{title}</strong>
              <small>
                {t(role === 'EDITOR' ? 'invitedBy' : 'invitedToSee', { name: owner?.displayName ?? t('somebody') })}
              </small>
            </div>
            <Button
              size="s"
              variant="primary"
              icon={<Check size={16} />}
              aria-label={t('acceptNamed', { title })}
              onClick={() => void answer({ id, playlistId, title }, true)}
            >
              {t('accept')}
            </Button>
            <Button
              size="s"
              variant="quiet"
              icon={<X size={16} />}
              aria-label={t('declineNamed', { title })}
              onClick={() => void answer({ id, playlistId, title }, false)}
            >
              {t('decline')}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface Invitation {
  readonly id: string;
  readonly playlistId: string;
  readonly title: string;
}

function useAnswer(onAnswered: (id: string, accepted: boolean) => void) {
  const { t } = useTranslation(['playlists', 'common']);
  const commit = usePromisedMutation<InvitationsAnswerMutation>(graphql`
    mutation InvitationsAnswerMutation($id: ID!, $accept: Boolean!) {
      answerPlaylistInvitation(invitationId: $id, accept: $accept) {
        playlist {
          id
          title
          viewerRole
        }
        userErrors {
          message
        }
      }
    }
  `);
  const ask = useAskToJoin();
  return async ({ id, playlistId, title }: Invitation, accept: boolean) => {
    const payload = (await commit({ variables: { id, accept } }))?.answerPlaylistInvitation;
    const refusal = payload ? payload.userErrors[0]?.message : t('common:actionFailed');
    if (refusal) return toast(refusal, { tone: 'error' });
    onAnswered(id, accept);
    if (accept) toast(t('playlists:accepted', { title }));
    else {
      const action = { label: t('playlists:askToJoin'), run: () => void ask(playlistId, title) };
      toast(t('playlists:declined', { title }), { action });
    }
  };
}
