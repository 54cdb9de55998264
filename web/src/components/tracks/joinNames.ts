const formats = new Map<string, Intl.ListFormat>();

/** What joins names in a language. It is slow to make. */
function formatOf(language: string): Intl.ListFormat {
  const made = formats.get(language) ?? new Intl.ListFormat(language, { type: 'unit', style: 'short' });
  formats.set(language, made);
  return made;
}

/** Items in their order, each with the text that stands before it in the language of the page: `, `, ` and `, `،`. */
export function joinNames<T>(items: readonly T[], name: (item: T) => string): readonly { item: T; before: string }[] {
  // Of most tracks there is one artist, and a list has many rows.
  if (items.length < 2) return items.map((item) => ({ item, before: '' }));
  const parts = formatOf(document.documentElement.lang || 'en').formatToParts(items.map(name));
  const joined: { item: T; before: string }[] = [];
  let before = '';
  for (const part of parts) {
    const item = items[joined.length];
    if (part.type === 'element' && item !== undefined) {
      joined.push({ item, before });
      before = '';
    } else before += part.value;
  }
  return joined;
}

/** The names of people as one text, in the language of the page. */
export function namesOf(people: readonly { readonly name: string }[]): string {
  return joinNames(people, ({ name }) => name)
    .map(({ item, before }) => before + item.name)
    .join('');
}
