import { expect, test } from '@jest/globals';
import { LivePanel } from './terminal.js';

function makePanel(rows = 24) {
  const writes: string[] = [];
  const panel = new LivePanel({ rows, columns: 80, write: (text) => writes.push(text) });
  return { panel, writes };
}

test('a frame is one write, and lies upon the one before', () => {
  const { panel, writes } = makePanel();
  panel.draw(['a', 'b']);
  panel.draw(['c', 'd', 'e']);
  panel.draw(['f']);
  expect(writes).toEqual([
    '\u001b[?25la\u001b[K\nb\u001b[K\n\u001b[J',
    '\u001b[2A\rc\u001b[K\nd\u001b[K\ne\u001b[K\n\u001b[J',
    '\u001b[3A\rf\u001b[K\n\u001b[J',
  ]);
});

test('the cursor is given back once, and only when it was taken', () => {
  const { panel, writes } = makePanel();
  panel.end();
  panel.draw(['a']);
  panel.end();
  panel.end();
  expect(writes.slice(1)).toEqual(['\u001b[?25h']);
});

test('a low screen shows the last lines, and never scrolls', () => {
  const { panel, writes } = makePanel(3);
  panel.draw(['a', 'b', 'c']);
  expect(writes).toEqual(['\u001b[?25lb\u001b[K\nc\u001b[K\n\u001b[J']);
});
