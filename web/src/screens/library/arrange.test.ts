import { describe, expect, it } from 'vitest';

import { arranged, byText } from './arrange';

const words = (text: string) => text;
const list = ['Über den Dächern', 'The Tin Orchard', 'Élan vital', 'tin soldier', 'مرحبا'];

describe('arranging a list', () => {
  it('finds every word of the filter, whatever case and accents', () => {
    const find = (filter: string) => arranged(list, { filter, compare: null, words });
    expect(find('tin')).toEqual(['The Tin Orchard', 'tin soldier']);
    expect(find('  ORCHARD the ')).toEqual(['The Tin Orchard']);
    expect(find('uber dacher')).toEqual(['Über den Dächern']);
    expect(find('elan')).toEqual(['Élan vital']);
    expect(find('مرح')).toEqual(['مرحبا']);
    expect(find('nothing')).toEqual([]);
  });

  it('sorts by text as a language does, without changing the list', () => {
    expect(arranged(['b10', 'b2', 'Á', 'a'], { filter: '', compare: byText(words), words })).toEqual([
      'a',
      'Á',
      'b2',
      'b10',
    ]);
    expect(list[0]).toBe('Über den Dächern');
  });

  it('keeps only what is accepted', () => {
    expect(arranged(list, { filter: '', compare: null, words, accepts: (text) => text.length < 6 })).toEqual(['مرحبا']);
  });
});
