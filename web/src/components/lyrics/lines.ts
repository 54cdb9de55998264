/** Which of the starts, in order, was last; -1 before the first. */
export function lastStarted(starts: readonly (number | null | undefined)[], positionMs: number): number {
  let found = -1;
  for (let index = 0; index < starts.length; index += 1) {
    const start = starts[index];
    if (start !== null && start !== undefined && start <= positionMs) found = index;
  }
  return found;
}
