import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RelayEnvironmentProvider } from 'react-relay';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { startI18n } from '../i18n';
import { createEnvironment } from '../relay/environment';
import { SearchField } from './SearchField';

/** A page with the field above its screens, at home. */
async function open() {
  const root = createRootRoute({
    component: () => (
      <>
        <SearchField />
        <Outlet />
      </>
    ),
  });
  const at = (path: string) => createRoute({ getParentRoute: () => root, path, component: () => <p>{path}</p> });
  const search = createRoute({
    getParentRoute: () => root,
    path: '/search',
    validateSearch: ({ q }: Record<string, unknown>) => ({ q: String(q ?? '') }),
    component: () => <p>Results</p>,
  });
  const router = createRouter({
    routeTree: root.addChildren([at('/'), at('/album'), search]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  render(
    <RelayEnvironmentProvider environment={createEnvironment(null, null)}>
      <RouterProvider router={router as never} />
    </RelayEnvironmentProvider>,
  );
  return { router, field: (await screen.findByRole('searchbox', { name: 'Search' })) as HTMLInputElement };
}

const wait = (ms: number) => act(() => new Promise((resolve) => setTimeout(resolve, ms)));

beforeAll(() => startI18n('en'));
afterEach(cleanup);

test('a pause between two words costs no blank', { timeout: 30_000 }, async () => {
  const { router, field } = await open();
  await userEvent.type(field, 'daft ');
  await wait(400);
  expect(router.state.location.search).toEqual({ q: 'daft' });
  expect(field.value).toBe('daft ');
  await userEvent.type(field, 'punk');
  await wait(400);
  expect(field.value).toBe('daft punk');
  expect(router.state.location.search).toEqual({ q: 'daft punk' });
});

test('what was typed last does not take the page away from where somebody went meanwhile', {
  timeout: 30_000,
}, async () => {
  const { router, field } = await open();
  await userEvent.type(field, 'daft');
  await act(() => router.navigate({ to: '/album' as never }));
  await wait(400);
  expect(router.state.location.pathname).toBe('/album');
  expect(field.value).toBe('');
});

test('an address with other words is shown', { timeout: 30_000 }, async () => {
  const { router, field } = await open();
  await userEvent.type(field, 'daft');
  await wait(400);
  await act(() => router.navigate({ to: '/search' as never, search: { q: 'air' } as never }));
  await wait(50);
  expect(field.value).toBe('air');
});
