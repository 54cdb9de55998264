/**
 * A router that cannot reach a service does not say which fields are missing for it. Relay gives errors to fields by their
 * paths, so that screens can say what does not answer: the paths are found here, by what is null.
 */

import type { GraphQLFailure } from './errors';

type Path = readonly (string | number)[];
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where something is null that a service would have answered. */
function missing(data: Json, affectedPath: string | undefined): Path[] {
  const steps = affectedPath ? affectedPath.split('.') : [];
  let value: unknown = data;
  for (const [depth, step] of steps.entries()) {
    // What is missing of the entries of a list, the entries say themselves: the list is there.
    if (step === '@' || !isObject(value)) return [];
    value = value[step];
    if (value === null) return [steps.slice(0, depth + 1)];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => (field === null ? [[...steps, name]] : []));
}

/** Fields of the root that are what a screen is about: without them there is nothing to show. */
const MAIN = new Set([
  'album',
  'artist',
  'genre',
  'listeningSession',
  'node',
  'playlist',
  'share',
  'sharedPlaylist',
  'track',
  'user',
]);

/** Whether what was asked for is missing because its service is away, and not because it does not exist. */
export function isMainMissing({
  data,
  errors,
}: {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFailure[];
}) {
  const isAway = (name: string) =>
    errors?.some(
      ({ path, extensions }) => path?.[0] === name && path.length === 1 && extensions?.code === 'UNAVAILABLE',
    );
  return isObject(data) && Object.keys(data).some((name) => MAIN.has(name) && data[name] === null && isAway(name));
}

/** The errors of an answer, each with a path as far as one can be found. */
export function placeErrors<Answer extends { readonly data?: unknown; readonly errors?: readonly GraphQLFailure[] }>(
  answer: Answer,
): Answer {
  const { data, errors } = answer;
  if (!errors || !isObject(data)) return answer;
  const placed = errors.flatMap((error) => {
    if (error.path || error.extensions?.code !== 'UNAVAILABLE') return [error];
    const paths = missing(data, error.extensions.affectedPath);
    return paths.length === 0 ? [error] : paths.map((path) => ({ ...error, path }));
  });
  return { ...answer, errors: placed };
}
