// Cells of CSV files that people open in spreadsheets, which run what looks like a formula.

/** What spreadsheets take for the beginning of one, full-width forms too. */
const begins = '[=+\\-@\\t\\r\\n\uFF1D\uFF0B\uFF0D\uFF20]';
const runs = new RegExp(`^'*${begins}`, 'u');
const marked = new RegExp(`^'+${begins}`, 'u');

/** A text that a spreadsheet shows and does not run: an apostrophe is set before what it might run. */
export const shownText = (text: string): string => (runs.test(text) ? `'${text}` : text);

/** The inverse of {@link shownText}. */
export const meantText = (cell: string): string => (marked.test(cell) ? cell.slice(1) : cell);

const needsQuotes = /[",\r\n]|^\s|\s$/;

/** Texts as they are, everything else as JSON; what is not there is empty. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? shownText(value) : JSON.stringify(value);
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly unknown[]): string => `${cells.map(cell).join(',')}\r\n`;
