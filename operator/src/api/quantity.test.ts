import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, compareQuantities, parseQuantity } from './quantity.js';

describe('a quantity', () => {
  test.each([
    ['500m', 500_000_000n],
    ['2', 2_000_000_000n],
    [2, 2_000_000_000n],
    ['1.5', 1_500_000_000n],
    ['.5', 500_000_000n],
    ['5.', 5_000_000_000n],
    ['1e3', 1_000_000_000_000n],
    ['1E3', 1_000_000_000_000n],
    ['1E', 1_000_000_000_000_000_000_000_000_000n],
    ['25e-1', 2_500_000_000n],
    ['-1Ki', -1_024_000_000_000n],
    ['+1k', 1_000_000_000_000n],
    ['1.5Ki', 1_536_000_000_000n],
    ['0.1n', 1n],
    ['1100u', 1_100_000n],
  ])('%s', (text, nanos) => {
    expect(parseQuantity(text)).toBe(nanos);
  });

  test.each(['', '.', 'Mi', '1 Mi', '1mi', '1KI', '1K', '0x10', '1e', '1e3Mi', 'NaN', '--1'])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
    expect(() => bytesOf(text)).toThrow('is not a quantity');
  });

  test('is compared by value', () => {
    expect(compareQuantities('1Gi', '1024Mi')).toBe(0);
    expect(compareQuantities('1G', '1Gi')).toBe(-1);
    expect(compareQuantities('1', '999m')).toBe(1);
    const number = fc.integer({ min: -(10 ** 9), max: 10 ** 9 });
    fc.assert(fc.property(number, number, (a, b) => compareQuantities(`${a}Mi`, `${b}Mi`) === Math.sign(a - b)));
  });

  test('is rounded up to whole bytes', () => {
    expect(bytesOf('1.5Gi')).toBe(1_610_612_736);
    expect(bytesOf('100m')).toBe(1);
    fc.assert(
      fc.property(fc.nat(2 ** 40), (bytes) => bytesOf(bytes) === bytes && bytesOf(`${bytes}Ki`) === bytes * 1024),
    );
  });
});
