import { useMemo, useState } from 'react';
import { graphql, useLazyLoadQuery, useSubscription } from 'react-relay';

import { usePlayerState } from '../../player/usePlayer';
import type { useDevicesChangedSubscription } from './__generated__/useDevicesChangedSubscription.graphql';
import type { useDevicesQuery } from './__generated__/useDevicesQuery.graphql';

type Live = useDevicesChangedSubscription['response']['devicesChanged'];

/** The viewer's devices, this one and those that are there first, as they come, go and change; null: the media service did not answer. */
export function useDevices() {
  const { viewer } = useLazyLoadQuery<useDevicesQuery>(
    graphql`
      query useDevicesQuery {
        viewer {
          id
          devices {
            id
            online
            ...DeviceRow_device
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  const live = useLive();
  const thisId = usePlayerState((state) => state.thisDevice?.id);
  const devices = live ?? viewer?.devices ?? null;
  const rank = (device: { readonly id: string; readonly online: boolean }) =>
    device.id === thisId ? 0 : device.online ? 1 : 2;
  return devices && [...devices].sort((one, other) => rank(one) - rank(other));
}

/** The whole list, again with each change of it; null until the first comes. */
function useLive(): Live | null {
  const [live, setLive] = useState<Live | null>(null);
  useSubscription<useDevicesChangedSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription useDevicesChangedSubscription {
            devicesChanged {
              id
              online
              ...DeviceRow_device
            }
          }
        `,
        variables: {},
        onNext: (data) => data?.devicesChanged && setLive(data.devicesChanged),
      }),
      [],
    ),
  );
  return live;
}
