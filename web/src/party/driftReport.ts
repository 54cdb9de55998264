/** Tells the others of a listening party how exactly this tab plays along: the middle of what was measured since the last report. */

const MEASURE_MS = 1_000;
/** The server takes one report in five seconds. */
const MEASUREMENTS = 6;

export interface DriftSource {
  /** The party; null: none. */
  sessionId(): string | null;
  /** How far ahead of the party this tab plays, ms; null while nothing sounds here. */
  offByMs(): number | null;
}

/** Reports until the result is called. A report that is refused or lost is followed by the next one. */
export function reportDrift(source: DriftSource, send: (sessionId: string, offsetMs: number) => void): () => void {
  let measured: number[] = [];
  let party: string | null = null;
  const timer = setInterval(() => {
    const sessionId = source.sessionId();
    const offByMs = sessionId === null ? null : source.offByMs();
    if (sessionId === null || offByMs === null || sessionId !== party) {
      party = sessionId;
      measured = [];
      return;
    }
    measured.push(offByMs);
    if (measured.length < MEASUREMENTS) return;
    const sorted = measured.sort((a, b) => a - b);
    send(sessionId, sorted[sorted.length >> 1] as number);
    measured = [];
  }, MEASURE_MS);
  return () => clearInterval(timer);
}
