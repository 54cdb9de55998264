/** The rules of a smart playlist while somebody writes them. */

export type RuleField =
  | 'TITLE'
  | 'ARTIST'
  | 'GENRE'
  | 'RELEASED_ON'
  | 'ADDED_ON'
  | 'LAST_PLAYED'
  | 'PLAY_COUNT'
  | 'LIKED'
  | 'DURATION_MS';
export type RuleOp = 'IS' | 'IS_NOT' | 'CONTAINS' | 'GREATER_THAN' | 'LESS_THAN' | 'IN_LAST_DAYS';
export type RuleSort = 'RECENTLY_ADDED' | 'MOST_PLAYED' | 'RECENTLY_PLAYED' | 'TITLE' | 'RANDOM_DAILY';

/** What kind of value a field is compared with, and so what it is typed into. */
export type ValueKind = 'text' | 'date' | 'count' | 'minutes' | 'truth';

export interface DraftRule {
  /** Of its row on the screen; never sent. */
  readonly key: number;
  readonly field: RuleField;
  readonly op: RuleOp;
  /** As the API has it: milliseconds, ISO dates, `true`. */
  readonly value: string;
}

export interface DraftGroup {
  /** Of its box on the screen; never sent. */
  readonly key: number;
  readonly match: 'ALL' | 'ANY';
  readonly rules: readonly DraftRule[];
  /** Groups in the group: each is one condition beside the rules. */
  readonly groups: readonly DraftGroup[];
}

export interface Draft extends DraftGroup {
  readonly title: string;
  readonly sort: RuleSort;
  readonly limit: number;
}

const KINDS: Readonly<Record<RuleField, ValueKind>> = {
  TITLE: 'text',
  ARTIST: 'text',
  GENRE: 'text',
  RELEASED_ON: 'date',
  ADDED_ON: 'date',
  LAST_PLAYED: 'date',
  PLAY_COUNT: 'count',
  LIKED: 'truth',
  DURATION_MS: 'minutes',
};

const OPS: Readonly<Record<ValueKind, readonly RuleOp[]>> = {
  text: ['CONTAINS', 'IS', 'IS_NOT'],
  date: ['IN_LAST_DAYS', 'GREATER_THAN', 'LESS_THAN', 'IS', 'IS_NOT'],
  count: ['GREATER_THAN', 'LESS_THAN', 'IS', 'IS_NOT'],
  minutes: ['LESS_THAN', 'GREATER_THAN', 'IS', 'IS_NOT'],
  truth: ['IS'],
};

export const FIELDS = Object.keys(KINDS) as readonly RuleField[];
export const SORTS: readonly RuleSort[] = ['RECENTLY_ADDED', 'MOST_PLAYED', 'RECENTLY_PLAYED', 'TITLE', 'RANDOM_DAILY'];
/** Of all groups together. */
export const MAX_RULES = 50;
/** How deep groups may stand in each other; those beside the first rules are the first. */
export const MAX_DEPTH = 3;
export const MAX_LIMIT = 1000;

export const kindOf = (field: RuleField): ValueKind => KINDS[field];
export const opsOf = (field: RuleField): readonly RuleOp[] => OPS[KINDS[field]];

/** What a value is at first, when a field or test has just been chosen. */
function firstValue(field: RuleField, op: RuleOp): string {
  const kind = kindOf(field);
  if (kind === 'truth') return 'true';
  if (kind === 'count') return '0';
  if (kind === 'minutes') return String(4 * 60_000);
  return kind === 'date' && op === 'IN_LAST_DAYS' ? '30' : '';
}

let lastKey = 0;

export function newRule(field: RuleField = 'GENRE'): DraftRule {
  lastKey += 1;
  const op = opsOf(field)[0] ?? 'IS';
  return { key: lastKey, field, op, value: firstValue(field, op) };
}

export function keyed(rule: Omit<DraftRule, 'key'>): DraftRule {
  lastKey += 1;
  return { ...rule, key: lastKey };
}

export function newGroup(): DraftGroup {
  const rules = [newRule()];
  lastKey += 1;
  return { key: lastKey, match: 'ANY', rules, groups: [] };
}

/** A group as the API has it, as deep as it goes. */
export interface WrittenGroup {
  readonly match: 'ALL' | 'ANY';
  readonly rules: readonly { readonly field: string; readonly op: string; readonly value: string }[];
  readonly groups?: readonly WrittenGroup[];
}

/** A group of the API to edit. */
export function draftOf({ match, rules, groups = [] }: WrittenGroup): DraftGroup {
  lastKey += 1;
  return {
    key: lastKey,
    match,
    rules: rules.map(({ field, op, value }) => keyed({ field: field as RuleField, op: op as RuleOp, value })),
    groups: groups.map(draftOf),
  };
}

/** How many rules there are in a group and in the groups in it. */
export const countRules = ({ rules, groups }: DraftGroup): number =>
  groups.reduce((sum, group) => sum + countRules(group), rules.length);

/** The rule with another field: what cannot be kept of its test and value begins anew. */
export function withField(rule: DraftRule, field: RuleField): DraftRule {
  const sameKind = kindOf(rule.field) === kindOf(field);
  if (sameKind) return { ...rule, field };
  return { ...newRule(field), key: rule.key };
}

/** The rule with another test. Days and dates are not each other's values. */
export function withOp(rule: DraftRule, op: RuleOp): DraftRule {
  const changesUnit = kindOf(rule.field) === 'date' && (op === 'IN_LAST_DAYS') !== (rule.op === 'IN_LAST_DAYS');
  return { ...rule, op, value: changesUnit ? firstValue(rule.field, op) : rule.value };
}

export const EMPTY_DRAFT = (): Draft => ({
  ...newGroup(),
  title: '',
  match: 'ALL',
  sort: 'RECENTLY_ADDED',
  limit: 100,
});

/** A group as it is sent. */
export interface GroupInput {
  match: 'ALL' | 'ANY';
  rules: { field: RuleField; op: RuleOp; value: string }[];
  groups: GroupInput[];
}

/** What is sent. Null: something is not filled in yet, and there is nothing to ask the server. */
export function inputOf(draft: Draft) {
  const { sort, limit } = draft;
  const group = groupInput(draft);
  return group && limit >= 1 && limit <= MAX_LIMIT ? { ...group, sort, limit } : null;
}

function groupInput({ match, rules, groups }: DraftGroup): GroupInput | null {
  const isEmpty = rules.length === 0 && groups.length === 0;
  if (isEmpty || rules.some(({ value }) => value.trim() === '')) return null;
  const inner = groups.map(groupInput);
  if (inner.includes(null)) return null;
  return {
    match,
    rules: rules.map(({ field, op, value }) => ({ field, op, value: value.trim() })),
    groups: inner.filter((group) => group !== null),
  };
}

/** Milliseconds as minutes for a field, and back. */
export const minutesOf = (ms: string): string => String(Math.round(Number(ms) / 600) / 100);
export const msOf = (minutes: string): string =>
  minutes === '' ? '' : String(Math.max(0, Math.round(Number(minutes) * 60_000)));

/** What an error of the server is about: a rule, or a group when `rule` is null. */
export interface ErrorPlace {
  /** The groups that it stands in, by their numbers from 0, the outermost first. */
  readonly groups: readonly number[];
  readonly rule: number | null;
}

/** Reads a path such as `rules.groups.0.rules.2.value`; null: it is about no rule or group. */
export function placeOfError(path: readonly string[] | null | undefined): ErrorPlace | null {
  const steps = path?.[0] === 'rules' ? path.slice(1) : [];
  const groups: number[] = [];
  let at = 0;
  for (; steps[at] === 'groups'; at += 2) groups.push(Number(steps[at + 1]));
  const rule = steps[at] === 'rules' && steps[at + 1] !== undefined ? Number(steps[at + 1]) : null;
  return rule === null && groups.length === 0 ? null : { groups, rule };
}

/** The place as the group of this number sees it; null: it is elsewhere. */
export function placeWithin(place: ErrorPlace | null, group: number): ErrorPlace | null {
  return place?.groups[0] === group ? { ...place, groups: place.groups.slice(1) } : null;
}
