import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placeMoments } from './chart-moments.js';
import { widthOf } from '../../operator/src/cli/svg.js';

const x = (second: number): number => 70 + second * 7;
const right = 980;

test('no label lies upon another of its row, and none leaves the chart', () => {
  const moment = fc.record({
    second: fc.integer({ min: 0, max: 130 }),
    label: fc.constantFrom('2 → 3', '3 → 5 Emergency', 'drained, proven quiet'),
    color: fc.constant('red'),
  });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      const boxes = placeMoments(moments, x, right).map(({ x: at, row, isLeft, label }) => {
        const width = widthOf(label, 11);
        return { row, from: isLeft ? at - width : at, to: isLeft ? at : at + width };
      });
      for (const [index, box] of boxes.entries()) {
        expect(box.to).toBeLessThanOrEqual(right);
        const others = boxes.filter((other, at) => at !== index && other.row === box.row);
        expect(others.every((other) => other.to <= box.from || box.to <= other.from)).toBe(true);
      }
    }),
  );
});

test('labels that have room share the highest row', () => {
  const moments = [10, 60, 120].map((second) => ({ second, label: 'a', color: 'red' }));
  expect(placeMoments(moments, x, right).map(({ row }) => row)).toEqual([0, 0, 0]);
});
