/** A line of lyrics being edited; null: it has no time yet. */
export interface EditedLine {
  readonly text: string;
  readonly startMs: number | null;
}

/** A time as LRC has it: `[01:23.45]`. */
export function lrcTime(ms: number): string {
  const hundredths = Math.round(Math.max(0, ms) / 10);
  const two = (value: number) => String(value).padStart(2, '0');
  return `[${two(Math.floor(hundredths / 6000))}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}]`;
}

/** The lines of a text as somebody typed or pasted it; times of LRC are taken over, its headers are not. */
export function parseLrc(text: string): EditedLine[] {
  return text.split(/\r?\n/).flatMap((line): EditedLine[] => {
    if (/^\s*\[[a-z]+:.*\]\s*$/i.test(line)) return [];
    const stamp = /^\s*\[(\d+):(\d{1,2}(?:[.:]\d{1,3})?)\]\s*/.exec(line);
    if (!stamp) return [{ text: line.trim(), startMs: null }];
    const seconds = Number(stamp[1]) * 60 + Number((stamp[2] ?? '0').replace(':', '.'));
    return [{ text: line.slice(stamp[0].length).trim(), startMs: Math.round(seconds * 1000) }];
  });
}

/** What `setLyrics` takes: LRC when every line that is sung has a time, else plain text. */
export function writeLrc(lines: readonly EditedLine[]): string {
  const sung = lines.filter(({ text }) => text !== '');
  if (sung.length === 0) return '';
  if (sung.some(({ startMs }) => startMs === null))
    return lines
      .map(({ text }) => text)
      .join('\n')
      .trim();
  return [...sung]
    .sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0))
    .map(({ text, startMs }) => `${lrcTime(startMs ?? 0)}${text}`)
    .join('\n');
}

/** The line that gets its time next: the first one that is sung and has none. */
export const nextUntimed = (lines: readonly EditedLine[]) =>
  lines.findIndex(({ text, startMs }) => text !== '' && startMs === null);
