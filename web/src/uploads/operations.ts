import { graphql, readInlineData } from 'relay-runtime';

import type { operations_target$key } from './__generated__/operations_target.graphql';
import type { operations_upload$key } from './__generated__/operations_upload.graphql';
import type { operationsTrack_track$key } from './__generated__/operationsTrack_track.graphql';
import type { PartTarget, ServerUpload, UploadedTrack } from './types';

const uploadFragment = graphql`
  fragment operations_upload on Upload @inline {
    id
    filename
    sizeBytes
    createdAt
    state
    rejectedBecause
    job {
      id
      state
      percent
      etaMs
      playableUntilMs
      failedBecause
    }
    track {
      ...operationsTrack_track
    }
    duplicateOf {
      ...operationsTrack_track
    }
    notSplitBecause
    cuts {
      id
      state
      track {
        ...operationsTrack_track
      }
    }
  }
`;

const trackFragment = graphql`
  fragment operationsTrack_track on Track @inline {
    id
    title
    artists {
      name
    }
    album {
      id
      coverUrl
    }
  }
`;

const targetFragment = graphql`
  fragment operations_target on UploadTarget @inline {
    partSizeBytes
    parts {
      number
      url
      headers {
        name
        value
      }
    }
  }
`;

function readTrack(key: operationsTrack_track$key | null | undefined): UploadedTrack | null {
  if (!key) return null;
  const { id, title, artists, album } = readInlineData(trackFragment, key);
  return {
    id,
    title,
    artists: artists.map(({ name }) => name).join(', '),
    albumId: album?.id ?? null,
    coverUrl: (album?.coverUrl as string | undefined) ?? null,
  };
}

/** An upload as the manager knows it. */
export function readUpload(key: operations_upload$key): ServerUpload {
  const { job, track, duplicateOf, rejectedBecause, notSplitBecause, cuts, ...upload } = readInlineData(
    uploadFragment,
    key,
  );
  return {
    ...upload,
    rejectedBecause: rejectedBecause ?? null,
    job: job ? { ...job, etaMs: job.etaMs ?? null, failedBecause: job.failedBecause ?? null } : null,
    track: readTrack(track),
    notSplitBecause: notSplitBecause ?? null,
    cuts: cuts.map((cut) => ({ ...cut, track: readTrack(cut.track) })),
    // The same audio on another release is a track of its own, and nothing that was there before.
    duplicateOf:
      track && duplicateOf && readTrack(track)?.id !== readTrack(duplicateOf)?.id ? null : readTrack(duplicateOf),
  };
}

export function readTarget(key: operations_target$key): PartTarget {
  const { partSizeBytes, parts } = readInlineData(targetFragment, key);
  return { partSizeBytes, parts: parts.map(({ number, url, headers }) => ({ number, url: url as string, headers })) };
}

export const create = graphql`
  mutation operationsCreateMutation($input: CreateUploadInput!, $idempotencyKey: String!) {
    createUpload(input: $input, idempotencyKey: $idempotencyKey) {
      upload {
        ...operations_upload
      }
      target {
        ...operations_target
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export const missing = graphql`
  query operationsMissingQuery($id: ID!) {
    upload(id: $id) {
      ...operations_upload
      missingParts {
        ...operations_target
      }
    }
  }
`;

export const complete = graphql`
  mutation operationsCompleteMutation($uploadId: ID!, $parts: [CompletedPartInput!]!) {
    completeUpload(uploadId: $uploadId, parts: $parts) {
      upload {
        ...operations_upload
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export const cancel = graphql`
  mutation operationsCancelMutation($uploadId: ID!) {
    cancelUpload(uploadId: $uploadId) {
      ok
      userErrors {
        code
        message
      }
    }
  }
`;

export const retryJob = graphql`
  mutation operationsRetryJobMutation($jobId: ID!) {
    retryTranscode(jobId: $jobId) {
      job {
        id
        state
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export const changed = graphql`
  subscription operationsChangedSubscription($after: String) {
    viewerUploadsChanged(after: $after) {
      cursor
      uploads {
        ...operations_upload
      }
    }
  }
`;
