import { afterEach, expect, test } from 'vitest';

import { bind, commandWith, keysOf, resetBindings, shownKeys } from './bindings';
import { COMMAND_IDS, COMMANDS, isLetterShortcut } from './commands';
import { recordedKeys } from './recordedKeys';

afterEach(resetBindings);

test('no two commands begin with the same keys', () => {
  const keys = COMMAND_IDS.map((id) => COMMANDS[id].keys.toLowerCase());
  expect(new Set(keys).size).toBe(keys.length);
});

test('keys that are given to a command are taken from the one that had them', () => {
  bind('mute', 'q');
  expect(keysOf('mute')).toBe('q');
  expect(keysOf('queue')).toBe('');
  expect(commandWith('Q')).toBe('mute');
});

test('pressed keys are written as tinykeys reads them', () => {
  const press = (key: string, modifiers: Partial<KeyboardEvent> = {}) =>
    recordedKeys({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });
  expect(press('k', { ctrlKey: true })).toBe('$mod+k');
  expect(press('?', { shiftKey: true })).toBe('?');
  expect(press('ArrowLeft', { shiftKey: true })).toBe('Shift+ArrowLeft');
  expect(press('Shift', { shiftKey: true })).toBeNull();
});

test('letters alone are told apart from combinations', () => {
  expect(isLetterShortcut('g h')).toBe(true);
  expect(isLetterShortcut('$mod+k')).toBe(false);
  expect(isLetterShortcut('Space')).toBe(false);
  expect(shownKeys('g h')).toEqual(['G', 'H']);
});
