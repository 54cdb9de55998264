import { act, cleanup, render, screen } from '@testing-library/react';
import { Suspense, useState } from 'react';
import { afterEach, expect, test } from 'vitest';

import { lazyAgain } from './lazyAgain';

afterEach(cleanup);

function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      {`pressed ${count}`}
    </button>
  );
}

const page = (Screen: typeof Counter) => (
  <Suspense fallback={<p>{'loading'}</p>}>
    <Screen />
  </Suspense>
);

test('code that was loaded ahead is shown at once, without a fallback', async () => {
  const Screen = lazyAgain(async () => ({ default: Counter }));
  await Screen.preload();
  render(page(Screen));
  expect(screen.queryByText('loading')).toBeNull();
  expect(screen.getByRole('button').textContent).toBe('pressed 0');
});

test('what is shown keeps its state when its code is asked for again', async () => {
  const Screen = lazyAgain(async () => ({ default: Counter }));
  const { rerender } = render(page(Screen));
  expect(screen.getByText('loading')).toBeDefined();
  await act(async () => {});
  await act(async () => screen.getByRole('button').click());
  await Screen.preload();
  rerender(page(Screen));
  expect(screen.getByRole('button').textContent).toBe('pressed 1');
});

test('a failure ahead of its turn is found when it is shown', async () => {
  let asked = 0;
  const Screen = lazyAgain(async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return { default: Counter };
  });
  await Screen.preload();
  render(page(Screen));
  expect(await screen.findByRole('button')).toBeDefined();
  expect(asked).toBe(2);
});
