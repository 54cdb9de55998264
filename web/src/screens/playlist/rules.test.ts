import { describe, expect, it } from 'vitest';

import {
  countRules,
  draftOf,
  EMPTY_DRAFT,
  FIELDS,
  inputOf,
  minutesOf,
  msOf,
  newGroup,
  newRule,
  opsOf,
  placeOfError,
  placeWithin,
  withField,
  withOp,
} from './rules';

describe('rules', () => {
  it('every field has tests, and a new rule of it has one of them', () => {
    for (const field of FIELDS) expect(opsOf(field)).toContain(newRule(field).op);
  });

  it('keeps test and value among fields of one kind and begins anew for another', () => {
    const rule = { ...newRule('TITLE'), value: 'moon' };
    expect(withField(rule, 'ARTIST')).toMatchObject({ field: 'ARTIST', op: rule.op, value: 'moon', key: rule.key });
    expect(withField(rule, 'LIKED')).toMatchObject({ field: 'LIKED', op: 'IS', value: 'true', key: rule.key });
  });

  it("days and dates are not each other's values", () => {
    const days = newRule('ADDED_ON');
    expect(days).toMatchObject({ op: 'IN_LAST_DAYS', value: '30' });
    expect(withOp(days, 'LESS_THAN').value).toBe('');
    expect(withOp({ ...days, op: 'GREATER_THAN', value: '2019' }, 'LESS_THAN').value).toBe('2019');
  });

  it('sends nothing that is not filled in', () => {
    const draft = EMPTY_DRAFT();
    expect(inputOf(draft)).toBeNull();
    const rules = [{ ...newRule('GENRE'), value: ' Jazz ' }];
    expect(inputOf({ ...draft, rules })?.rules).toEqual([{ field: 'GENRE', op: 'CONTAINS', value: 'Jazz' }]);
    expect(inputOf({ ...draft, rules, limit: 0 })).toBeNull();
    expect(inputOf({ ...draft, rules, limit: Number.NaN })).toBeNull();
  });

  it('lengths are typed in minutes and sent in milliseconds', () => {
    expect(msOf('3.5')).toBe('210000');
    expect(minutesOf('210000')).toBe('3.5');
    expect(msOf('')).toBe('');
  });

  it('finds the rule or group that an error is about', () => {
    expect(placeOfError(['rules', 'rules', '2', 'value'])).toEqual({ groups: [], rule: 2 });
    const inner = placeOfError(['rules', 'groups', '1', 'groups', '0', 'rules', '2', 'op']);
    expect(inner).toEqual({ groups: [1, 0], rule: 2 });
    expect(placeWithin(inner, 1)).toEqual({ groups: [0], rule: 2 });
    expect(placeWithin(inner, 0)).toBeNull();
    expect(placeOfError(['rules', 'groups', '3'])).toEqual({ groups: [3], rule: null });
    for (const path of [['title'], ['rules', 'limit'], ['rules', 'rules'], null]) expect(placeOfError(path)).toBeNull();
  });

  it('sends groups as deep as they stand, and nothing while one is not filled in', () => {
    const rule = { field: 'GENRE', op: 'IS', value: 'Jazz' };
    const written = {
      match: 'ALL' as const,
      rules: [rule],
      groups: [{ match: 'ANY' as const, rules: [rule, rule], groups: [] }],
    };
    const draft = { ...EMPTY_DRAFT(), ...draftOf(written) };
    expect(inputOf(draft)).toEqual({ ...written, sort: 'RECENTLY_ADDED', limit: 100 });
    expect(countRules(draft)).toBe(3);
    expect(inputOf({ ...draft, rules: [] })?.rules).toEqual([]);
    expect(inputOf({ ...draft, groups: [...draft.groups, newGroup()] })).toBeNull();
    expect(inputOf({ ...draft, groups: [{ ...newGroup(), rules: [] }] })).toBeNull();
  });
});
