import { Check, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useMutation } from 'react-relay';
import type { RecordSourceSelectorProxy } from 'relay-runtime';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import type { SaveButton_album$key } from './__generated__/SaveButton_album.graphql';
import type { SaveButtonMutation } from './__generated__/SaveButtonMutation.graphql';

/** Keeps an album in the library, or takes it out. */
export function SaveButton({ album }: { album: SaveButton_album$key }) {
  const { t } = useTranslation('music');
  const { t: common } = useTranslation();
  const { id, saved } = useFragment(
    graphql`
      fragment SaveButton_album on Album {
        id
        saved
      }
    `,
    album,
  );
  const [commit] = useMutation<SaveButtonMutation>(graphql`
    mutation SaveButtonMutation($albumIds: [ID!]!, $saved: Boolean!) {
      setSaved(albumIds: $albumIds, saved: $saved) {
        userErrors {
          message
        }
      }
    }
  `);
  if (saved === null || saved === undefined) return null;
  const fail = () => toast(common('actionFailed'), { tone: 'error' });
  const write = (store: RecordSourceSelectorProxy) => store.get(id)?.setValue(!saved, 'saved');
  const save = () =>
    commit({
      variables: { albumIds: [id], saved: !saved },
      optimisticUpdater: write,
      updater: (store, data) => (data?.setSaved.userErrors.length === 0 ? write(store) : fail()),
      onError: fail,
    });
  return (
    <Button size="l" aria-pressed={saved} icon={saved ? <Check size={18} /> : <Plus size={18} />} onClick={save}>
      {saved ? t('saved') : t('save')}
    </Button>
  );
}
