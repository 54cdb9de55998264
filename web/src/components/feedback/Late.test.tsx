import { cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { startI18n } from '../../i18n';
import { ErrorBoundary } from './ErrorBoundary';
import { Late } from './Late';
import { lazyAgain } from './lazyAgain';
import { useToasts } from './toasts';

const part = { default: () => <p>Here</p> };
const gone = new TypeError('Failed to fetch dynamically imported module');

beforeAll(() => startI18n('en'));
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  useToasts.setState({ toasts: [] });
});
afterEach(cleanup);

test('a part that does not come leaves the rest, says so, and is asked for again when it is wanted again', async () => {
  const load = vi.fn(async () => part).mockRejectedValueOnce(gone);
  const Part = lazyAgain(load);
  const onFailure = vi.fn();
  const shown = (key: string) => (
    <StrictMode>
      <p>Player</p>
      <Late key={key} onFailure={onFailure}>
        <Part />
      </Late>
    </StrictMode>
  );
  const { rerender } = render(shown('first'));
  await vi.waitFor(() => expect(onFailure).toHaveBeenCalled());
  expect(screen.getByText('Player')).toBeTruthy();
  expect(useToasts.getState().toasts.map(({ text }) => text)).toEqual([
    'There is a new version. Reload the page to go on.',
  ]);
  expect(load).toHaveBeenCalledTimes(1);
  rerender(shown('second'));
  expect(await screen.findByText('Here')).toBeTruthy();
  expect(load).toHaveBeenCalledTimes(2);
});

test('“Try again” asks for the code of a screen again', async () => {
  const load = vi.fn(async () => part).mockRejectedValueOnce(gone);
  const Screen = lazyAgain(load);
  render(
    <ErrorBoundary
      fallback={(_, retry) => (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    >
      <Screen />
    </ErrorBoundary>,
  );
  (await screen.findByRole('button', { name: 'Try again' })).click();
  expect(await screen.findByText('Here')).toBeTruthy();
});
