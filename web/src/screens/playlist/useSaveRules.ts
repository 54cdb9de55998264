import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { useSaveRulesCreateMutation } from './__generated__/useSaveRulesCreateMutation.graphql';
import type { useSaveRulesUpdateMutation } from './__generated__/useSaveRulesUpdateMutation.graphql';
import type { RulesError } from './RulesForm';
import { type Draft, inputOf } from './rules';

interface Payload {
  readonly playlist: { readonly id: string } | null | undefined;
  readonly userErrors: readonly { readonly message: string; readonly path: readonly string[] | null | undefined }[];
}

/** Makes a smart playlist, or gives one other rules. `save` gives its id, or null with `error` saying why. */
export function useSaveRules(playlistId: string | null) {
  const { t } = useTranslation(['playlists', 'common']);
  const [error, setError] = useState<RulesError | null>(null);
  const [isSaving, setSaving] = useState(false);
  const create = usePromisedMutation<useSaveRulesCreateMutation>(graphql`
    mutation useSaveRulesCreateMutation($title: String!, $rules: SmartRulesInput!) {
      createSmartPlaylist(title: $title, rules: $rules) {
        playlist {
          id
        }
        userErrors {
          message
          path
        }
      }
    }
  `);
  const update = usePromisedMutation<useSaveRulesUpdateMutation>(graphql`
    mutation useSaveRulesUpdateMutation($id: ID!, $rules: SmartRulesInput!) {
      updateSmartPlaylist(id: $id, rules: $rules) {
        playlist {
          id
          version
          itemCount
          durationMs
        }
        userErrors {
          message
          path
        }
      }
    }
  `);
  const send = async (draft: Draft): Promise<Payload | null | undefined> => {
    const rules = inputOf(draft);
    if (!rules) return { playlist: null, userErrors: [{ message: t('playlists:rules.incomplete'), path: null }] };
    if (playlistId) return (await update({ variables: { id: playlistId, rules } }))?.updateSmartPlaylist;
    return (await create({ variables: { title: draft.title.trim(), rules } }))?.createSmartPlaylist;
  };
  const save = async (draft: Draft) => {
    setSaving(true);
    const payload = await send(draft);
    setSaving(false);
    const refusal = payload?.userErrors[0];
    const id = payload?.playlist?.id ?? null;
    setError(id ? null : { message: refusal?.message ?? t('common:actionFailed'), path: refusal?.path ?? null });
    return id;
  };
  return { save, error, isSaving };
}
