// Cells that spreadsheets would run are shown instead, and mean the same when they come back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, meantText, shownText } from '../../api/csv-cells.js';

describe('a text in a cell', () => {
  it.each(['=1+1', '+SUM(A1)', '-2+3', '@cmd', '\t=1', '\r=1', '\n=1', '＝1+1', "'=1"])(
    'that a spreadsheet would run, %j, is marked',
    (text) => {
      expect(shownText(text)).toBe(`'${text}`);
    },
  );

  it.each(['a=b', '', "'", "it's", "'quoted'", '1-2', ' =1'])('that it would not run, %j, stays as it is', (text) => {
    expect(shownText(text)).toBe(text);
  });

  it('comes back as it was', () => {
    const texts = fc.array(fc.constantFrom("'", '=', '-', 'a', '\t', '＋', ' ')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        expect(meantText(shownText(text))).toBe(text);
      }),
    );
  });
});

it('quotes what would break the line, and leaves empty what is not there', () => {
  expect(csvLine(['a,b', 'say "x"', 'two\nlines', null, undefined, -5, { a: [1] }])).toBe(
    '"a,b","say ""x""","two\nlines",,,-5,"{""a"":[1]}"\r\n',
  );
});
