/** The documents of the player, as they are persisted. What is done with them is in `relayPort`. */

import { graphql } from 'relay-runtime';

export const trackFragment = graphql`
  fragment playerOperations_track on Track @inline {
    id
    title
    durationMs
    explicit
    playable
    artists {
      id
      name
    }
    album {
      id
      title
      coverUrl
    }
  }
`;

export const deviceFragment = graphql`
  fragment playerOperations_device on Device @inline {
    id
    name
    kind
    online
    volumePercent
  }
`;

export const frameFragment = graphql`
  fragment playerOperations_frame on PlaybackState @inline {
    id
    version
    cursor
    state
    track {
      id
      ...playerOperations_track
    }
    # Without the catalog: which one it is.
    playing: track {
      id
    }
    durationMs
    playId
    anchorPositionMs
    anchorServerTime
    rate
    repeat
    shuffle
    volumePercent
    activeDevice {
      ...playerOperations_device
    }
    transferringTo {
      ...playerOperations_device
    }
    changedBy {
      id
    }
    listeningSession {
      id
    }
    context {
      kind
      album {
        id
      }
      artist {
        id
      }
      playlist {
        id
      }
    }
    playRequestId
    privateUntil
    queueIndex
    queue(first: 100) {
      totalCount
      edges {
        cursor
        node {
          id
          addedBy {
            id
          }
          track {
            id
          }
        }
      }
    }
  }
`;

export const payloadFragment = graphql`
  fragment playerOperations_payload on PlaybackPayload @inline {
    playback {
      ...playerOperations_frame
    }
    userErrors {
      code
      message
    }
  }
`;

export const planFragment = graphql`
  fragment playerOperations_plan on PlaybackPlan @inline {
    mode
    url
    expiresAt
    durationMs
    playableUntilMs
    loudness {
      trackGainDb
      truePeakDbtp
    }
    renditions {
      codec
      bitrateKbps
      lossless
      sizeBytes
      gapless {
        encoderDelay
        padding
        sampleRateHz
        totalSamples
      }
    }
  }
`;

export const changed = graphql`
  subscription playerOperationsChangedSubscription($deviceId: ID!, $after: String) {
    playbackChanged(deviceId: $deviceId, after: $after) {
      cursor
      ...playerOperations_frame
    }
  }
`;

export const playback = graphql`
  query playerOperationsPlaybackQuery {
    viewer {
      playback {
        ...playerOperations_frame
      }
    }
  }
`;

export const serverTime = graphql`
  query playerOperationsServerTimeQuery {
    serverTime
  }
`;

export const plan = graphql`
  query playerOperationsPlanQuery($trackId: ID!, $client: ClientProfileInput!) {
    track(id: $trackId) {
      playbackPlan(client: $client) {
        ...playerOperations_plan
      }
    }
  }
`;

export const queuePage = graphql`
  query playerOperationsQueueQuery($after: String) {
    viewer {
      playback {
        queue(first: 100, after: $after) {
          edges {
            cursor
            node {
              id
              addedBy {
                id
              }
              track {
                id
                ...playerOperations_track
              }
            }
          }
        }
      }
    }
  }
`;

export const albumTracks = graphql`
  query playerOperationsAlbumQuery($key: ID!, $after: String) {
    album(id: $key) {
      tracks(first: 100, after: $after) {
        edges {
          node {
            id
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

export const playlistTracks = graphql`
  query playerOperationsPlaylistQuery($key: ID!, $after: String) {
    playlist(id: $key) {
      items(first: 100, after: $after) {
        edges {
          node {
            track {
              id
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

export const artistTracks = graphql`
  query playerOperationsArtistQuery($key: ID!) {
    artist(id: $key) {
      topTracks(first: 50) {
        id
      }
    }
  }
`;

export const likedTracks = graphql`
  query playerOperationsLikedQuery($after: String) {
    viewer {
      library {
        likedTracks(first: 100, after: $after) {
          edges {
            node {
              id
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`;

export const searchTracks = graphql`
  query playerOperationsSearchQuery($key: String!) {
    search(query: $key, types: [TRACK], first: 50) {
      edges {
        node {
          ... on Track {
            id
          }
        }
      }
    }
  }
`;

export const registerDevice = graphql`
  mutation playerOperationsRegisterMutation($installationId: String!, $name: String!) {
    registerDevice(input: { installationId: $installationId, name: $name, kind: WEB }) {
      device {
        ...playerOperations_device
      }
      userErrors {
        code
        message
      }
    }
  }
`;
