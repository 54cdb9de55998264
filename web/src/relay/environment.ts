import {
  Environment,
  type FetchFunction,
  type GraphQLResponse,
  type GraphQLSingularResponse,
  Network,
  Observable,
  RecordSource,
  ROOT_TYPE,
  Store,
  type SubscribeFunction,
} from 'relay-runtime';

import { withStepUp } from '../session/stepUp';
import { request, type TokenSource } from './http';
import type { LiveSocket } from './socket';

/** How many screens' data stay after the screens are gone. */
const KEPT_SCREENS = 60;
/** How old what the store has may be before a screen that shows it also asks again, in milliseconds. */
const FRESH_MS = 5 * 60_000;

/** Fields of the root that give the object with this id: what the store has of it is shown before the answer comes. */
const BY_ID = new Set(['node', 'album', 'artist', 'track', 'playlist', 'user', 'upload', 'transcodeJob']);

function fetchFunction(session: TokenSource | null): FetchFunction {
  return (params, variables) =>
    Observable.create<GraphQLResponse>((sink) => {
      const abort = new AbortController();
      const send = () =>
        request(params, variables, session, { signal: abort.signal }) as Promise<GraphQLSingularResponse>;
      // Dangerous changes want a proof of who asks; whichever screen they come from, it is asked for here.
      (params.operationKind === 'mutation' && session ? withStepUp(send) : send()).then(
        (response) => {
          sink.next(response);
          sink.complete();
        },
        (error) => {
          if (!abort.signal.aborted) sink.error(error);
        },
      );
      // A mutation that is under way is not taken back by leaving the screen.
      return () => {
        if (params.operationKind === 'query') abort.abort();
      };
    });
}

/** The store and the network of one person, or of nobody. At sign-out it is thrown away whole. */
export function createEnvironment(session: TokenSource | null, socket: LiveSocket | null): Environment {
  const subscribe: SubscribeFunction = (params, variables) =>
    socket
      ? (socket.execute(params, variables) as ReturnType<SubscribeFunction>)
      : (Observable.create((sink) => sink.complete()) as ReturnType<SubscribeFunction>);
  return new Environment({
    network: Network.create(fetchFunction(session), subscribe),
    store: new Store(new RecordSource(), { gcReleaseBufferSize: KEPT_SCREENS, queryCacheExpirationTime: FRESH_MS }),
    missingFieldHandlers: [
      {
        kind: 'linked',
        handle: (field, parent, args) =>
          parent?.getType() === ROOT_TYPE && BY_ID.has(field.name) && typeof args.id === 'string' ? args.id : undefined,
      },
    ],
    relayFieldLogger: (event) => {
      // Partial failure is part of life here; screens say what is missing.
      if (import.meta.env.DEV) console.debug('relay', event);
    },
  });
}
