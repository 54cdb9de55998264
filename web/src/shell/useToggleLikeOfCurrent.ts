import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import { createOperationDescriptor, getRequest } from 'relay-runtime';

import { useTrackActions } from '../components/tracks/useTrackActions';
import { usePlayerState } from '../player/usePlayer';
import type { useToggleLikeOfCurrentQuery } from './__generated__/useToggleLikeOfCurrentQuery.graphql';

const query = graphql`
  query useToggleLikeOfCurrentQuery($id: ID!) {
    track(id: $id) {
      id
      liked
    }
  }
`;

interface Liked {
  readonly trackId: string | null;
  /** Null: nobody knows. */
  readonly liked: boolean | null;
}

/** Whether the viewer likes what plays. Follows the store, so that every heart on the screen shows the same. */
export function useLikedOfCurrent(): Liked {
  const environment = useRelayEnvironment();
  const trackId = usePlayerState((state) => state.track?.id ?? null);
  const [known, setKnown] = useState<Liked>({ trackId: null, liked: null });
  useEffect(() => {
    if (!trackId) return;
    const operation = createOperationDescriptor(getRequest(query), { id: trackId });
    const retained = environment.retain(operation);
    const show = (data: useToggleLikeOfCurrentQuery['response']) =>
      setKnown({ trackId, liked: data.track?.liked ?? null });
    const snapshot = environment.lookup(operation.fragment);
    show(snapshot.data as useToggleLikeOfCurrentQuery['response']);
    const following = environment.subscribe(snapshot, (next) =>
      show(next.data as useToggleLikeOfCurrentQuery['response']),
    );
    const fetching = fetchQuery<useToggleLikeOfCurrentQuery>(environment, query, { id: trackId }).subscribe({});
    return () => {
      fetching.unsubscribe();
      following.dispose();
      retained.dispose();
    };
  }, [environment, trackId]);
  return known.trackId === trackId ? known : { trackId, liked: null };
}

/** Likes what plays, or takes that back. */
export function useToggleLikeOfCurrent(): () => void {
  const { trackId, liked } = useLikedOfCurrent();
  const { setLiked } = useTrackActions();
  return () => {
    if (trackId && liked !== null) setLiked([trackId], !liked);
  };
}
