import { describe, expect, it } from 'vitest';

/** Written by the Rust crate, which has the same algorithm. */
import written from '../../../crates/sync-client/vectors.json';
import { type Probe, ServerClock } from './serverClock';
import { type Correction, correct, type SyncAnchor, syncPositionAt } from './sync';

interface Vectors {
  readonly clock: readonly {
    readonly name: string;
    readonly steps: readonly {
      readonly probe: Probe;
      readonly at: number;
      readonly estimate: { readonly offset: number; readonly uncertainty: number; readonly drift: number } | null;
      readonly nextProbeInMs: number;
    }[];
  }[];
  readonly correction: readonly {
    readonly anchor: SyncAnchor;
    readonly serverTime: number;
    readonly actual: number;
    readonly position: number;
    readonly correction: Correction;
  }[];
}

const vectors = written as unknown as Vectors;

describe('the twin of crates/sync-client', () => {
  for (const { name, steps } of vectors.clock) {
    it(`knows the server's clock as well: ${name}`, () => {
      const clock = new ServerClock();
      for (const { probe, at, estimate, nextProbeInMs } of steps) {
        clock.add(probe);
        const found = clock.estimate(at);
        if (estimate === null) expect(found).toBeNull();
        else {
          expect(found?.offset).toBeCloseTo(estimate.offset, 6);
          expect(found?.uncertainty).toBeCloseTo(estimate.uncertainty, 6);
          expect(found?.drift).toBeCloseTo(estimate.drift, 9);
        }
        expect(clock.nextProbeInMs()).toBe(nextProbeInMs);
      }
    });
  }

  it('corrects in the same way', () => {
    expect(vectors.correction.length).toBeGreaterThan(50);
    for (const { anchor, serverTime, actual, position, correction } of vectors.correction) {
      expect(syncPositionAt(anchor, serverTime)).toBeCloseTo(position, 9);
      const found = correct(anchor, serverTime, actual);
      expect(found.kind).toBe(correction.kind);
      if (found.kind === 'play' && correction.kind === 'play') expect(found.rate).toBeCloseTo(correction.rate, 9);
      if (found.kind !== 'play' && correction.kind !== 'play')
        expect(found.position).toBeCloseTo(correction.position, 9);
    }
  });
});
