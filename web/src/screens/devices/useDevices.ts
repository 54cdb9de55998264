import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useLazyLoadQuery, useRelayEnvironment } from 'react-relay';

import { usePlayerState } from '../../player/usePlayer';
import type { useDevicesQuery } from './__generated__/useDevicesQuery.graphql';

const query = graphql`
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
`;

/** How often the list is asked for while somebody looks at it: devices come and go without anybody's command. */
const EVERY_MS = 4_000;

/** The viewer's devices, this one and those that are there first, kept up to date while they are shown; null: the media service did not answer. */
export function useDevices() {
  const environment = useRelayEnvironment();
  const data = useLazyLoadQuery<useDevicesQuery>(query, {}, { fetchPolicy: 'store-and-network' });
  const version = usePlayerState((state) => state.version);
  const thisId = usePlayerState((state) => state.thisDevice?.id);
  const [asked, ask] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a command may have changed a device, and so may time
  useEffect(() => {
    const asking = fetchQuery<useDevicesQuery>(environment, query, {}, { fetchPolicy: 'network-only' }).subscribe({
      error: () => {},
    });
    const timer = setTimeout(() => ask(asked + 1), EVERY_MS);
    return () => {
      clearTimeout(timer);
      asking.unsubscribe();
    };
  }, [environment, version, thisId, asked]);
  const devices = data.viewer?.devices ?? null;
  const rank = (device: { readonly id: string; readonly online: boolean }) =>
    device.id === thisId ? 0 : device.online ? 1 : 2;
  return devices && [...devices].sort((one, other) => rank(one) - rank(other));
}
