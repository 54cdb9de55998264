import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import type {
  useUpdatePreferencesMutation,
  useUpdatePreferencesMutation$data,
} from './__generated__/useUpdatePreferencesMutation.graphql';

type Preferences = NonNullable<useUpdatePreferencesMutation$data['updatePreferences']['viewer']>['preferences'];

/** Changes preferences that follow the person; shown at once, and taken back when the server refuses. False: it did. */
export function useUpdatePreferences() {
  const [send] = useMutate<useUpdatePreferencesMutation>(graphql`
    mutation useUpdatePreferencesMutation($input: UpdatePreferencesInput!) {
      updatePreferences(input: $input) {
        viewer {
          id
          preferences {
            streamingQuality
            autoplay
            explicitContent
            emailNotifications
            locale
          }
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (viewerId: string, changed: Partial<Preferences>, now: Preferences): Promise<boolean> => {
    const optimisticResponse = {
      updatePreferences: { viewer: { id: viewerId, preferences: { ...now, ...changed } }, userErrors: [] },
    };
    try {
      return (await send({ input: changed }, { optimisticResponse })).updatePreferences.userErrors.length === 0;
    } catch {
      return false;
    }
  };
}
