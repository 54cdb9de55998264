import { afterEach, describe, expect, it, vi } from 'vitest';

import { copyText } from './copyText';
import { randomId } from './randomId';

afterEach(() => vi.unstubAllGlobals());

describe('a page without TLS', () => {
  it('makes ids that are UUIDs and never the same', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const ids = new Set(Array.from({ length: 1_000 }, randomId));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('copies a text by a field and gives the focus back', async () => {
    vi.stubGlobal('navigator', {});
    const button = document.body.appendChild(document.createElement('button'));
    button.focus();
    let copied = '';
    document.execCommand = () => {
      copied = document.querySelector('textarea')?.value ?? '';
      return true;
    };
    expect(await copyText('https://a.example/s/1')).toBe(true);
    expect(copied).toBe('https://a.example/s/1');
    expect(document.querySelector('textarea')).toBeNull();
    expect(document.activeElement).toBe(button);
  });
});
