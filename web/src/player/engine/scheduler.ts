/**
 * Decides what a timeline does next: a pure function of what is buffered, where the playhead is and which tracks follow. It
 * asks only the buffer what is there, so that a seek, an eviction by the browser and a failed append need no bookkeeping.
 */

import type { Gapless } from './timeline';
import { bufferedUntil, nextRangeStart, type Ranges, SEGMENT_TOLERANCE, segmentAt } from './timeline';

/** A track on the timeline, as far as the decision needs it. */
export interface SpanView {
  readonly start: number;
  /** Null: not known yet, because it is being encoded or was not opened. */
  readonly end: number | null;
  readonly opened: boolean;
  /** The segments that are known of the rendition that is fetched now; null: not asked for yet. */
  readonly list: { readonly durations: readonly number[]; readonly ended: boolean; readonly gapless: Gapless } | null;
}

export interface ScheduleView {
  readonly now: number;
  readonly ranges: Ranges;
  /** Ascending, contiguous; only the last ones may be without an end. */
  readonly spans: readonly SpanView[];
  /** Seconds to have ahead of the playhead. */
  readonly goal: number;
  /** The next track is begun when no more than this is left of the current one. */
  readonly prefetchAt: number;
  /** More tracks will never follow the last span (as far as is known). */
  readonly queueEnds: boolean;
}

export type Step =
  | { readonly kind: 'open'; readonly span: number }
  | { readonly kind: 'list'; readonly span: number; readonly reload: boolean }
  | { readonly kind: 'append'; readonly span: number; readonly index: number; readonly from: number }
  /** Behind the playhead nothing is needed any more. */
  | { readonly kind: 'evict'; readonly until: number }
  /** The playhead stands in a hole that is smaller than a frame or two. */
  | { readonly kind: 'nudge'; readonly to: number }
  /** All segments of the span are appended although its end was not reached: what is there is all there is. */
  | { readonly kind: 'close'; readonly span: number; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'idle' };

/** Played sound that is kept, for seeking back a little. */
const KEEP_BEHIND_S = 30;
/** Eviction is worth it from this much on. */
const EVICT_AT_S = 45;
/** The last segment of a growing list is held back, for only the list's end tells where to cut it, unless sound runs out. */
const HOLD_BACK_UNTIL_S = 2;
const GOAL_S = 90;
const SAVING_GOAL_S = 30;
/** The next track is begun when this much is left, while data is saved. */
const SAVING_PREFETCH_S = 20;
/** A managed media source that wants no data keeps this much. */
const NOT_STREAMING_GOAL_S = 10;
const IDLE: Step = { kind: 'idle' };

/** How much to have ahead, and when to begin the next track: `goal` and `prefetchAt` of a view. */
export function goalsOf(isStreaming: boolean, savesData: boolean): Pick<ScheduleView, 'goal' | 'prefetchAt'> {
  const goal = savesData ? SAVING_GOAL_S : GOAL_S;
  return { goal: isStreaming ? goal : NOT_STREAMING_GOAL_S, prefetchAt: savesData ? SAVING_PREFETCH_S : GOAL_S };
}

export function nextStep(view: ScheduleView): Step {
  const first = view.ranges[0];
  if (first && first[0] < view.now - EVICT_AT_S) return { kind: 'evict', until: view.now - KEEP_BEHIND_S };
  const buffered = bufferedUntil(view.ranges, view.now);
  if (buffered === null) {
    const to = nextRangeStart(view.ranges, view.now, 0.3);
    if (to !== null) return { kind: 'nudge', to };
  }
  const head = buffered ?? view.now;
  const index = view.spans.findIndex((span) => head < (span.end ?? Number.POSITIVE_INFINITY) - SEGMENT_TOLERANCE);
  if (index === -1) return view.queueEnds && view.spans.length > 0 ? { kind: 'end' } : IDLE;
  return fill(view, index, head);
}

/** What the span at `index` needs, where the buffer ends at `head`. */
function fill(view: ScheduleView, index: number, head: number): Step {
  const span = view.spans[index] as SpanView;
  const ahead = head - view.now;
  const isNext = view.now < span.start - SEGMENT_TOLERANCE;
  if (ahead >= view.goal) return IDLE;
  if (isNext && span.start - view.now > view.prefetchAt) return IDLE;
  if (!span.opened) return { kind: 'open', span: index };
  if (!span.list) return { kind: 'list', span: index, reload: false };
  const from = Math.max(head, span.start);
  const segment = segmentAt(span.list.durations, span.list.gapless, from - span.start);
  const { durations, ended } = span.list;
  if (segment >= durations.length) {
    return ended ? { kind: 'close', span: index, end: from } : { kind: 'list', span: index, reload: true };
  }
  const isLastOfGrowing = !ended && segment === durations.length - 1;
  if (isLastOfGrowing && ahead > HOLD_BACK_UNTIL_S) return { kind: 'list', span: index, reload: true };
  return { kind: 'append', span: index, index: segment, from };
}
