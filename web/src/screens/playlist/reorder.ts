/** A list after its entries at `indexes`, in that order, went before the one at `before` (the length: behind the last). */
export function moved<T>(items: readonly T[], indexes: readonly number[], before: number): T[] {
  const going = new Set(indexes);
  const taken = indexes.filter((index) => index < items.length).map((index) => items[index] as T);
  const head = items.slice(0, before).filter((_, index) => !going.has(index));
  const tail = items.slice(before).filter((_, index) => !going.has(index + before));
  return [...head, ...taken, ...tail];
}

/** A list without those that `isGone` says. */
export function removed<T>(items: readonly T[], isGone: (item: T) => boolean): T[] {
  return items.filter((item) => !isGone(item));
}

/** Before which entry those at `indexes` go so that the first of them then stands at `place`, from 0. */
export function beforePlace(indexes: readonly number[], place: number, count: number): number {
  // What stands above moves up when they leave: the place counts without them.
  let before = place;
  for (const index of [...indexes].sort((a, b) => a - b)) if (index <= before) before += 1;
  return Math.min(count, before);
}

/** Tracks that stood one behind the other, and where the first of them did. */
export interface Run {
  readonly at: number;
  readonly ids: readonly string[];
}

/** The tracks at these places in runs of at most 500, from the first on: put back in this order, each stands where it was. */
export function runsOf(indexes: readonly number[], idAt: (index: number) => string | null): readonly Run[] {
  const runs: { at: number; ids: string[] }[] = [];
  let gone = 0;
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const id = idAt(index);
    if (id === null) {
      gone += 1;
      continue;
    }
    const last = runs.at(-1);
    if (last && last.at + last.ids.length === index - gone && last.ids.length < 500) last.ids.push(id);
    else runs.push({ at: index - gone, ids: [id] });
  }
  return runs;
}
