/** The little that the shell needs to know of drops; what is in folders is read by `collect.ts`. */

/** Entries of a drop. They must be taken within the event: afterwards the browser has forgotten them. */
export function entriesOf(transfer: DataTransfer): readonly (FileSystemEntry | File)[] {
  return [...transfer.items].flatMap((item): (FileSystemEntry | File)[] => {
    if (item.kind !== 'file') return [];
    const entry = item.webkitGetAsEntry?.();
    if (entry) return [entry];
    const file = item.getAsFile();
    return file ? [file] : [];
  });
}

/** Whether something that is dragged has files. */
export const hasFiles = (transfer: DataTransfer | null) => transfer?.types.includes('Files') ?? false;
