/** Names that are separated by commas. */
export const splitNames = (text: FormDataEntryValue | null) =>
  String(text ?? '')
    .split(/[,،]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** A number of a form; null when it is empty. */
export function numberOf(text: FormDataEntryValue | null): number | null {
  const trimmed = String(text ?? '').trim();
  return trimmed === '' ? null : Number(trimmed);
}
