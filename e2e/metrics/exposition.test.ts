import { expect, test } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { parseExposition } from './exposition.js';

test('what the operator writes is read as it was meant', async () => {
  const registry = new Registry();
  const gauge = new Gauge({ name: 'rate', help: 'A rate', labelNames: ['pool', 'why'], registers: [registry] });
  gauge.set({ pool: 'eu-1', why: 'a "quoted", \\ and\nbroken one' }, 1.5);
  gauge.set({ pool: 'eu-2', why: '' }, Infinity);
  const plain = new Gauge({ name: 'plain', help: 'No labels', registers: [registry] });
  plain.set(-2e9);
  expect(parseExposition(await registry.metrics())).toEqual([
    { name: 'rate', labels: { pool: 'eu-1', why: 'a "quoted", \\ and\nbroken one' }, value: 1.5 },
    { name: 'rate', labels: { pool: 'eu-2', why: '' }, value: Infinity },
    { name: 'plain', labels: {}, value: -2e9 },
  ]);
});

test('a line that is no sample is told', () => {
  expect(() => parseExposition('<html>')).toThrow('this is no sample: <html>');
});
