import { type ComponentType, createElement, lazy, useState } from 'react';

let attempt = 0;

/** What did not come is asked for again when it is rendered next. */
export const loadAgain = () => {
  attempt += 1;
};

/** Loads the code ahead of its turn. It never rejects: a failure is found when the component is rendered. */
export interface Preloads {
  readonly preload: () => Promise<void>;
}

/**
 * As `lazy`, which keeps a failure for ever: after `loadAgain` the code is asked for anew, once. Code that is there already is
 * rendered at once: `lazy` would show the fallback first, and React leaves 300 ms between what it shows.
 */
// biome-ignore lint/suspicious/noExplicitAny: components of any properties, as React's `lazy` takes them
export function lazyAgain<T extends ComponentType<any>>(load: () => Promise<{ readonly default: T }>): T & Preloads {
  let failedAt = -1;
  let loaded: T | null = null;
  const get = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const make = () =>
    lazy(() =>
      get().catch((error: unknown) => {
        failedAt = attempt;
        throw error;
      }),
    );
  let current = make();
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each module, as `lazy` is
  const Again = (props: object) => {
    // What is shown stays the same component, also when its code has come meanwhile.
    const [ready] = useState<T | null>(() => loaded);
    if (failedAt !== -1 && failedAt !== attempt) {
      failedAt = -1;
      current = make();
    }
    return createElement((ready ?? current) as unknown as ComponentType<object>, props);
  };
  const preload = () =>
    get().then(
      () => {},
      () => {},
    );
  return Object.assign(Again, { preload }) as unknown as T & Preloads;
}
