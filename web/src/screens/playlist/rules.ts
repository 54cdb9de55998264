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

export interface Draft {
  readonly title: string;
  readonly match: 'ALL' | 'ANY';
  readonly rules: readonly DraftRule[];
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
export const MAX_RULES = 50;
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
  title: '',
  match: 'ALL',
  rules: [newRule()],
  sort: 'RECENTLY_ADDED',
  limit: 100,
});

/** What is sent. Null: something is not filled in yet, and there is nothing to ask the server. */
export function inputOf({ match, rules, sort, limit }: Draft) {
  if (rules.length === 0 || rules.some(({ value }) => value.trim() === '') || !(limit >= 1 && limit <= MAX_LIMIT))
    return null;
  return { match, sort, limit, rules: rules.map(({ field, op, value }) => ({ field, op, value: value.trim() })) };
}

/** Milliseconds as minutes for a field, and back. */
export const minutesOf = (ms: string): string => String(Math.round(Number(ms) / 600) / 100);
export const msOf = (minutes: string): string =>
  minutes === '' ? '' : String(Math.max(0, Math.round(Number(minutes) * 60_000)));

/** Which rule an error of the server is about, from its path `rules.rules.2.value`; null: none of them. */
export function ruleOfError(path: readonly string[] | null | undefined): number | null {
  const index = path?.map(Number).find((part) => Number.isInteger(part));
  return index ?? null;
}
