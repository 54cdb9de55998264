// The package has types but does not export them.
declare module 'tinykeys' {
  /** Listens for keys on a target; what is returned ends that. */
  export function tinykeys(
    target: Window | HTMLElement,
    bindings: Record<string, (event: KeyboardEvent) => void>,
  ): () => void;
}
