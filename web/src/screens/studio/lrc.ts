interface EditedWord {
  readonly text: string;
  readonly startMs: number;
}

/** A line of lyrics being edited; null: it has no time yet, or no times of its words. */
export interface EditedLine {
  readonly text: string;
  readonly startMs: number | null;
  readonly words: readonly EditedWord[] | null;
}

interface LyricLine {
  readonly text: string;
  readonly startMs?: number | null | undefined;
  readonly words?: readonly EditedWord[] | null | undefined;
}

/** Lines as the API has them, to be edited. */
export const editedLines = (lines: readonly LyricLine[]): EditedLine[] =>
  lines.map(({ text, startMs, words }) => ({ text, startMs: startMs ?? null, words: words?.length ? words : null }));

const two = (value: number) => String(value).padStart(2, '0');

/** A time as LRC has it: `01:23.45`. */
function clock(ms: number): string {
  const hundredths = Math.round(Math.max(0, ms) / 10);
  return `${two(Math.floor(hundredths / 6000))}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
}

/** The time of a line as LRC has it: `[01:23.45]`. */
export const lrcTime = (ms: number) => `[${clock(ms)}]`;

/** The lines of a text as somebody typed or pasted it; times of LRC are taken over, its headers are not. */
export function parseLrc(text: string): EditedLine[] {
  return text.split(/\r?\n/).flatMap((line): EditedLine[] => {
    if (/^\s*\[[a-z]+:.*\]\s*$/i.test(line)) return [];
    const stamp = /^\s*\[(\d+):(\d{1,2}(?:[.:]\d{1,3})?)\]\s*/.exec(line);
    if (!stamp) return [{ text: line.trim(), startMs: null, words: null }];
    const seconds = Number(stamp[1]) * 60 + Number((stamp[2] ?? '0').replace(':', '.'));
    return [{ text: line.slice(stamp[0].length).trim(), startMs: Math.round(seconds * 1000), words: null }];
  });
}

/** The text of a line with the times of its words where they stand in it. */
function writeWords({ text, words }: EditedLine): string {
  let written = '';
  let from = 0;
  for (const word of words ?? []) {
    const at = text.indexOf(word.text, from);
    if (at === -1) return text;
    written += `${text.slice(from, at)}<${clock(word.startMs)}>${word.text}`;
    from = at + word.text.length;
  }
  return written + text.slice(from);
}

/** Whether a line that is sung has no time: saved so, no line has one. */
export const isUntimed = (lines: readonly EditedLine[]) => nextUntimed(lines) !== -1;

/** What `setLyrics` takes: LRC when every line that is sung has a time, else plain text. A line with a time may be empty. */
export function writeLrc(lines: readonly EditedLine[]): string {
  if (lines.every(({ text }) => text === '')) return '';
  if (isUntimed(lines))
    return lines
      .map(({ text }) => text)
      .join('\n')
      .trim();
  return lines
    .filter(({ startMs }) => startMs !== null)
    .sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0))
    .map((line) => `${lrcTime(line.startMs ?? 0)}${writeWords(line)}`)
    .join('\n');
}

/** A line at another time: its words come as much later or earlier. */
export function timed(line: EditedLine, startMs: number | null): EditedLine {
  const by = startMs === null || line.startMs === null ? null : startMs - line.startMs;
  const words = by === null ? null : (line.words?.map((word) => ({ ...word, startMs: word.startMs + by })) ?? null);
  return { ...line, startMs, words };
}

/** How many lines both have alike from the start, or from the end. */
function alike(one: readonly EditedLine[], other: readonly EditedLine[], fromEnd: boolean): number {
  const longest = Math.min(one.length, other.length);
  let count = 0;
  const at = (lines: readonly EditedLine[]) => lines[fromEnd ? lines.length - 1 - count : count]?.text;
  while (count < longest && at(one) === at(other)) count += 1;
  return count;
}

/** Whether one text may have become the other by typing. */
function isEdited(before: string, after: string): boolean {
  const longest = Math.max(before.length, after.length);
  let start = 0;
  while (start < longest && before[start] !== undefined && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < longest - start && before.at(-1 - end) !== undefined && before.at(-1 - end) === after.at(-1 - end))
    end += 1;
  return start + end >= longest / 2;
}

/** New lines get the times of those whose place they take: of the same text, one after the other, or of an edited one. */
function retimed(before: readonly EditedLine[], after: readonly EditedLine[]): EditedLine[] {
  let from = 0;
  return after.map((line, index) => {
    const same = before.findIndex((old, at) => at >= from && old.text === line.text);
    const old = same === -1 ? before[from] : before[same];
    const isSameCount = before.length === after.length;
    if (!old || (same === -1 && !isSameCount && !isEdited(old.text, line.text))) return line;
    // A line that stands as it was further down was not edited to become this one.
    if (same === -1 && !isSameCount && after.some((other, at) => at > index && other.text === old.text)) return line;
    from = (same === -1 ? from : same) + 1;
    return withTimeOf(old, line);
  });
}

function withTimeOf(old: EditedLine, line: EditedLine): EditedLine {
  if (line.startMs !== null) return line;
  return { ...line, startMs: old.startMs, words: old.text === line.text ? old.words : null };
}

/** What somebody has made of the text of `lines`: lines keep their times, those that were changed too, each its own. */
export function rewritten(lines: readonly EditedLine[], text: string): EditedLine[] {
  const typed = parseLrc(text);
  const start = alike(lines, typed, false);
  const [before, after] = [lines.slice(start), typed.slice(start)];
  const end = alike(before, after, true);
  const kept = (from: readonly EditedLine[], to: readonly EditedLine[]) =>
    to.map((line, index) => withTimeOf(from[index] as EditedLine, line));
  return [
    ...kept(lines.slice(0, start), typed.slice(0, start)),
    ...retimed(before.slice(0, before.length - end), after.slice(0, after.length - end)),
    ...kept(before.slice(before.length - end), after.slice(after.length - end)),
  ];
}

/** The line that gets its time next: the first one that is sung and has none. */
export const nextUntimed = (lines: readonly EditedLine[]) =>
  lines.findIndex(({ text, startMs }) => text !== '' && startMs === null);
