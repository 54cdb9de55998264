/** The address of a person's picture: the one that they uploaded, else the one that they named; null: none. */
export function faceUrl(person: {
  readonly picture?: { readonly url: unknown } | null | undefined;
  readonly avatarUrl?: unknown;
}): string | null {
  // Without its size, so that a browser chooses one.
  const uploaded = person.picture && String(person.picture.url).replace(/\?size=\d+$/, '');
  return uploaded ?? (person.avatarUrl ? String(person.avatarUrl) : null);
}
