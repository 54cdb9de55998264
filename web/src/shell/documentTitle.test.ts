import { expect, test } from 'vitest';

import { setPageTitle, setSongTitle } from './documentTitle';

test('the tab is called by what plays, then by the page', () => {
  setPageTitle('Library · Polyphony');
  expect(document.title).toBe('Library · Polyphony');
  setSongTitle('Nocturne – Ada');
  expect(document.title).toBe('Nocturne – Ada · Library · Polyphony');
  setPageTitle('Home · Polyphony');
  expect(document.title).toBe('Nocturne – Ada · Home · Polyphony');
  setSongTitle(null);
  expect(document.title).toBe('Home · Polyphony');
});
