import { type ComponentType, createElement, lazy } from 'react';

let attempt = 0;

/** What did not come is asked for again when it is rendered next. */
export const loadAgain = () => {
  attempt += 1;
};

/** As `lazy`, which keeps a failure for ever: after `loadAgain` the code is asked for anew, once. */
// biome-ignore lint/suspicious/noExplicitAny: components of any properties, as React's `lazy` takes them
export function lazyAgain<T extends ComponentType<any>>(load: () => Promise<{ readonly default: T }>): T {
  let failedAt = -1;
  const make = () =>
    lazy(() =>
      load().catch((error: unknown) => {
        failedAt = attempt;
        throw error;
      }),
    );
  let current = make();
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each module, as `lazy` is
  const Again = (props: object) => {
    if (failedAt !== -1 && failedAt !== attempt) {
      failedAt = -1;
      current = make();
    }
    return createElement(current as unknown as ComponentType<object>, props);
  };
  return Again as unknown as T;
}
