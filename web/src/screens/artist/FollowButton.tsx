import { Check, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useMutation } from 'react-relay';
import type { RecordSourceSelectorProxy } from 'relay-runtime';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import type { FollowButton_artist$key } from './__generated__/FollowButton_artist.graphql';
import type { FollowButtonMutation } from './__generated__/FollowButtonMutation.graphql';

/** Follows an artist, or no longer. */
export function FollowButton({ artist }: { artist: FollowButton_artist$key }) {
  const { t } = useTranslation('music');
  const { t: common } = useTranslation();
  const { id, followed } = useFragment(
    graphql`
      fragment FollowButton_artist on Artist {
        id
        followed
      }
    `,
    artist,
  );
  const [commit] = useMutation<FollowButtonMutation>(graphql`
    mutation FollowButtonMutation($artistIds: [ID!]!, $followed: Boolean!) {
      setFollowed(artistIds: $artistIds, followed: $followed) {
        userErrors {
          message
        }
      }
    }
  `);
  if (followed === null || followed === undefined) return null;
  const fail = () => toast(common('actionFailed'), { tone: 'error' });
  const write = (store: RecordSourceSelectorProxy) => store.get(id)?.setValue(!followed, 'followed');
  const follow = () =>
    commit({
      variables: { artistIds: [id], followed: !followed },
      optimisticUpdater: write,
      updater: (store, data) => (data?.setFollowed.userErrors.length === 0 ? write(store) : fail()),
      onError: fail,
    });
  return (
    <Button
      size="l"
      aria-pressed={followed}
      icon={followed ? <Check size={18} /> : <Plus size={18} />}
      onClick={follow}
    >
      {followed ? t('following') : t('follow')}
    </Button>
  );
}
