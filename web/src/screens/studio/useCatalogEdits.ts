import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { randomId } from '../../browser/randomId';
import { toast } from '../../components/feedback/toasts';
import { useMutate } from '../../relay/useMutate';
import type { useCatalogEditsMergeAlbumsMutation } from './__generated__/useCatalogEditsMergeAlbumsMutation.graphql';
import type { useCatalogEditsMergeArtistsMutation } from './__generated__/useCatalogEditsMergeArtistsMutation.graphql';
import type { MoveTracksInput, useCatalogEditsMoveMutation } from './__generated__/useCatalogEditsMoveMutation.graphql';
import type {
  SplitArtistInput,
  useCatalogEditsSplitMutation,
} from './__generated__/useCatalogEditsSplitMutation.graphql';
import type { useCatalogEditsUndoMutation } from './__generated__/useCatalogEditsUndoMutation.graphql';
import { forgetEdit, noteEdit } from './catalogEdits';

interface Answer {
  readonly change: { readonly id: string; readonly undoableUntil: unknown } | null | undefined;
  readonly userErrors: readonly { readonly message: string }[];
}

/** Merges, moves and splits, each with its way back. They resolve with whether it was done, and say how it went. */
export function useCatalogEdits(onChanged: () => void) {
  const { t } = useTranslation(['studio', 'common']);
  const undo = useUndo(onChanged);
  const [mergeAlbums] = useMutate<useCatalogEditsMergeAlbumsMutation>(graphql`
    mutation useCatalogEditsMergeAlbumsMutation($targetId: ID!, $sourceIds: [ID!]!, $key: String!) {
      mergeAlbums(targetId: $targetId, sourceIds: $sourceIds, idempotencyKey: $key) {
        change {
          id
          undoableUntil
        }
        userErrors {
          message
        }
      }
    }
  `);
  const [mergeArtists] = useMutate<useCatalogEditsMergeArtistsMutation>(graphql`
    mutation useCatalogEditsMergeArtistsMutation($targetId: ID!, $sourceIds: [ID!]!, $key: String!) {
      mergeArtists(targetId: $targetId, sourceIds: $sourceIds, idempotencyKey: $key) {
        change {
          id
          undoableUntil
        }
        userErrors {
          message
        }
      }
    }
  `);
  const [moveTracks] = useMutate<useCatalogEditsMoveMutation>(graphql`
    mutation useCatalogEditsMoveMutation($input: MoveTracksInput!, $key: String!) {
      moveTracks(input: $input, idempotencyKey: $key) {
        change {
          id
          undoableUntil
        }
        userErrors {
          message
        }
      }
    }
  `);
  const [splitArtist] = useMutate<useCatalogEditsSplitMutation>(graphql`
    mutation useCatalogEditsSplitMutation($input: SplitArtistInput!, $key: String!) {
      splitArtist(input: $input, idempotencyKey: $key) {
        change {
          id
          undoableUntil
        }
        userErrors {
          message
        }
      }
    }
  `);
  const settle = async (text: string, answer: Promise<Answer>): Promise<boolean> => {
    const { change, userErrors } = await answer.catch(() => ({ change: null, userErrors: [] }));
    if (!change || userErrors.length > 0) {
      toast(userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
      return false;
    }
    const edit = { id: change.id, text, undoableUntil: String(change.undoableUntil) };
    noteEdit(edit);
    toast(text, { action: { label: t('studio:undo'), run: () => void undo(edit.id) } });
    onChanged();
    return true;
  };
  return {
    mergeAlbums: (text: string, targetId: string, sourceIds: readonly string[]) =>
      settle(
        text,
        mergeAlbums({ targetId, sourceIds: [...sourceIds], key: randomId() }).then((data) => data.mergeAlbums),
      ),
    mergeArtists: (text: string, targetId: string, sourceIds: readonly string[]) =>
      settle(
        text,
        mergeArtists({ targetId, sourceIds: [...sourceIds], key: randomId() }).then((data) => data.mergeArtists),
      ),
    moveTracks: (text: string, input: MoveTracksInput) =>
      settle(
        text,
        moveTracks({ input, key: randomId() }).then((data) => data.moveTracks),
      ),
    splitArtist: (text: string, input: SplitArtistInput) =>
      settle(
        text,
        splitArtist({ input, key: randomId() }).then((data) => data.splitArtist),
      ),
  };
}

/** Takes a change back. */
export function useUndo(onChanged: () => void): (changeId: string) => Promise<void> {
  const { t } = useTranslation(['studio', 'common']);
  const [undo] = useMutate<useCatalogEditsUndoMutation>(graphql`
    mutation useCatalogEditsUndoMutation($changeId: ID!) {
      undoCatalogChange(changeId: $changeId) {
        change {
          id
          undoneAt
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (changeId) => {
    const answer = (await undo({ changeId }).catch(() => null))?.undoCatalogChange;
    if (!answer?.change) {
      toast(answer?.userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
      return;
    }
    forgetEdit(changeId);
    toast(t('studio:undone'));
    onChanged();
  };
}
