const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph']);

/** A pressed key in the notation of tinykeys; null: only modifiers are down, wait for more. */
export function recordedKeys(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string | null {
  if (MODIFIERS.has(event.key)) return null;
  const key = event.key === ' ' ? 'Space' : [...event.key].length === 1 ? event.key.toLowerCase() : event.key;
  const parts = [(event.ctrlKey || event.metaKey) && '$mod', event.altKey && 'Alt'];
  // Signs come with the Shift that makes them, letters and named keys need it said.
  if (event.shiftKey && (key.length > 1 || /[a-z]/.test(key))) parts.push('Shift');
  return [...parts.filter(Boolean), key].join('+');
}
