/** The player's mutations, as they are persisted. */

import { graphql } from 'relay-runtime';

export const setQueue = graphql`
  mutation playerCommandsSetQueueMutation($input: SetQueueInput!) {
    setQueue(input: $input) {
      ...playerOperations_payload
    }
  }
`;

export const play = graphql`
  mutation playerCommandsPlayMutation($deviceId: ID, $baseVersion: Int) {
    play(deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const pause = graphql`
  mutation playerCommandsPauseMutation($deviceId: ID, $baseVersion: Int) {
    pause(deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const seek = graphql`
  mutation playerCommandsSeekMutation($positionMs: Int!, $deviceId: ID, $baseVersion: Int) {
    seek(positionMs: $positionMs, deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const skipNext = graphql`
  mutation playerCommandsNextMutation($deviceId: ID, $baseVersion: Int) {
    skipNext(deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const skipPrevious = graphql`
  mutation playerCommandsPreviousMutation($deviceId: ID, $baseVersion: Int) {
    skipPrevious(deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const skipTo = graphql`
  mutation playerCommandsSkipToMutation($itemId: ID!, $deviceId: ID, $baseVersion: Int) {
    skipTo(itemId: $itemId, deviceId: $deviceId, baseVersion: $baseVersion) {
      ...playerOperations_payload
    }
  }
`;

export const enqueue = graphql`
  mutation playerCommandsEnqueueMutation($trackIds: [ID!]!, $position: QueuePosition!, $idempotencyKey: String!) {
    enqueue(trackIds: $trackIds, position: $position, idempotencyKey: $idempotencyKey) {
      ...playerOperations_payload
    }
  }
`;

export const moveQueueItem = graphql`
  mutation playerCommandsMoveMutation($itemId: ID!, $afterItemId: ID) {
    moveQueueItem(itemId: $itemId, afterItemId: $afterItemId) {
      ...playerOperations_payload
    }
  }
`;

export const removeQueueItems = graphql`
  mutation playerCommandsRemoveMutation($itemIds: [ID!]!) {
    removeQueueItems(itemIds: $itemIds) {
      ...playerOperations_payload
    }
  }
`;

export const setPlaybackOptions = graphql`
  mutation playerCommandsOptionsMutation($input: PlaybackOptionsInput!) {
    setPlaybackOptions(input: $input) {
      ...playerOperations_payload
    }
  }
`;

export const transferPlayback = graphql`
  mutation playerCommandsTransferMutation($toDeviceId: ID!, $play: Boolean) {
    transferPlayback(toDeviceId: $toDeviceId, play: $play) {
      ...playerOperations_payload
    }
  }
`;

export const acknowledgeTransfer = graphql`
  mutation playerCommandsAcknowledgeMutation($deviceId: ID!, $version: Int!) {
    acknowledgeTransfer(deviceId: $deviceId, version: $version) {
      ok
      userErrors {
        code
        message
      }
    }
  }
`;

export const reportPlay = graphql`
  mutation playerCommandsReportMutation($input: ReportPlayInput!) {
    reportPlay(input: $input) {
      ok
      userErrors {
        code
        message
      }
    }
  }
`;

/** The commands that answer with what plays, by the names that the controller gives them. */
export const COMMANDS = {
  setQueue,
  play,
  pause,
  seek,
  skipNext,
  skipPrevious,
  skipTo,
  enqueue,
  moveQueueItem,
  removeQueueItems,
  setPlaybackOptions,
  transferPlayback,
};
