import { describe, expect, it } from 'vitest';

import { nextStep, type ScheduleView, type SpanView } from './scheduler';

const gapless = { encoderDelay: 0, padding: 0, sampleRateHz: 1000, totalSamples: 20_000 };
const list = { durations: [6, 6, 6, 2], ended: true, gapless };

function span(start: number, changed: Partial<SpanView> = {}): SpanView {
  return { start, end: start + 20, opened: true, list, ...changed };
}

function view(changed: Partial<ScheduleView>): ScheduleView {
  return { now: 0, ranges: [], spans: [span(0), span(20)], goal: 90, prefetchAt: 90, queueEnds: false, ...changed };
}

describe('what a timeline does next', () => {
  it('opens, lists and appends what the playhead needs first', () => {
    expect(nextStep(view({ spans: [span(0, { opened: false })] }))).toEqual({ kind: 'open', span: 0 });
    expect(nextStep(view({ spans: [span(0, { list: null })] }))).toEqual({ kind: 'list', span: 0, reload: false });
    expect(nextStep(view({}))).toEqual({ kind: 'append', span: 0, index: 0, from: 0 });
    expect(nextStep(view({ now: 13 }))).toEqual({ kind: 'append', span: 0, index: 2, from: 13 });
  });

  it('goes on behind what is buffered, over the seam, until the goal', () => {
    expect(nextStep(view({ ranges: [[0, 12]] }))).toMatchObject({ kind: 'append', span: 0, index: 2 });
    expect(nextStep(view({ ranges: [[0, 20]] }))).toMatchObject({ kind: 'append', span: 1, index: 0, from: 20 });
    expect(nextStep(view({ ranges: [[0, 26]], goal: 25 }))).toEqual({ kind: 'idle' });
  });

  it('does not begin the next track too early while data is saved', () => {
    expect(nextStep(view({ ranges: [[0, 20]], goal: 30, prefetchAt: 15 }))).toEqual({ kind: 'idle' });
    expect(nextStep(view({ now: 6, ranges: [[0, 20]], goal: 30, prefetchAt: 15 }))).toMatchObject({
      kind: 'append',
      span: 1,
    });
  });

  it('fetches what a seek needs although later parts are there', () => {
    expect(nextStep(view({ now: 7, ranges: [[12, 40]] }))).toMatchObject({
      kind: 'append',
      span: 0,
      index: 1,
      from: 7,
    });
  });

  it('evicts what was played, and steps over a hole of a frame', () => {
    expect(nextStep(view({ now: 60, ranges: [[0, 70]] }))).toEqual({ kind: 'evict', until: 30 });
    expect(nextStep(view({ now: 5.5, ranges: [[6, 12]] }))).toMatchObject({ kind: 'append', from: 5.5 });
    expect(nextStep(view({ now: 5.9, ranges: [[6.1, 12]] }))).toEqual({ kind: 'nudge', to: 6.1 });
  });

  it('asks a growing list again, and holds its last segment back unless sound runs out', () => {
    const growing = { ...list, durations: [6, 6], ended: false };
    const spans = [span(0, { end: null, list: growing })];
    expect(nextStep(view({ spans, ranges: [[0, 6]] }))).toEqual({ kind: 'list', span: 0, reload: true });
    expect(nextStep(view({ spans, now: 5, ranges: [[0, 6]] }))).toMatchObject({ kind: 'append', index: 1 });
    expect(nextStep(view({ spans, now: 11, ranges: [[0, 12]] }))).toEqual({ kind: 'list', span: 0, reload: true });
  });

  it('ends the stream when nothing follows, and closes a span that is shorter than was said', () => {
    expect(nextStep(view({ spans: [span(0)], ranges: [[0, 20]], queueEnds: true }))).toEqual({ kind: 'end' });
    expect(nextStep(view({ spans: [span(0)], ranges: [[0, 20]] }))).toEqual({ kind: 'idle' });
    const short = { ...list, durations: [6, 6, 6, 1] };
    expect(nextStep(view({ spans: [span(0, { list: short })], ranges: [[0, 19]] }))).toEqual({
      kind: 'close',
      span: 0,
      end: 19,
    });
  });
});
