/** What Relay does not export: where `useLazyLoadQuery` keeps what is on its way and what failed. Held by `forgetFailures.test`. */
declare module 'react-relay/lib/relay-hooks/QueryResource' {
  import type { IEnvironment } from 'relay-runtime';

  interface Entry {
    getValue(): unknown;
  }
  interface Cache {
    readonly _map: ReadonlyMap<string, Entry>;
    delete(key: string): void;
  }
  export function getQueryResourceForEnvironment(environment: IEnvironment): { readonly _cache: Cache };
}
