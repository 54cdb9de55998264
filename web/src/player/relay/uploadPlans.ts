/** Plans of uploads, before there are tracks of them. */

import { type Environment, graphql } from 'relay-runtime';

import type { Codec } from '../engine/media';
import type { PlanPort, PlaybackPlan } from '../engine/networkSource';
import type { uploadPlansQuery } from './__generated__/uploadPlansQuery.graphql';
import { query } from './execute';
import { planOf, toMediaError } from './plan';

const document = graphql`
  query uploadPlansQuery($id: ID!, $client: ClientProfileInput!) {
    upload(id: $id) {
      playbackPlan(client: $client) {
        ...playerOperations_plan
      }
    }
  }
`;

/** Where the "tracks" are uploads: `plan` takes an upload's id. */
export class UploadPlans implements PlanPort {
  constructor(
    readonly environment: Environment,
    readonly codecs: readonly Codec[],
    readonly hls: boolean,
  ) {}

  async plan(uploadId: string, signal: AbortSignal): Promise<PlaybackPlan | null> {
    const client = { codecs: [...this.codecs, 'MP3' as const], hls: this.hls };
    try {
      const { upload } = await query<uploadPlansQuery>(this.environment, document, { id: uploadId, client });
      signal.throwIfAborted();
      return upload?.playbackPlan ? planOf(upload.playbackPlan) : null;
    } catch (error) {
      throw toMediaError(error);
    }
  }
}
