import { expect, test } from '@jest/globals';
import { parseCpuSeconds, parseMemory, readUsage } from './proc.js';

test('memory is read in megabytes of a million bytes', () => {
  const status = 'Name:\tnode\nVmPeak:\t 1228000 kB\nVmHWM:\t  250000 kB\nVmRSS:\t  125000 kB\nRssAnon:\t 1 kB\n';
  expect(parseMemory(status)).toEqual({ rssMb: 128, peakMb: 256 });
});

test('a process that has just ended has no memory to read', () => {
  expect(() => parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('there is no VmRSS');
});

test.each(['(node)', '(a b)', '(a) b) S 9)'])('processor time is read whatever the name of the program: %s', (name) => {
  const stat = `4242 ${name} S 1 4242 4242 0 -1 4194304 900 0 1 0 1250 250 0 0 20 0 11 0 12345 1 1`;
  expect(parseCpuSeconds(stat)).toBe(15);
});

test('a line that is cut off is refused', () => {
  expect(() => parseCpuSeconds('4242 (node) S 1')).toThrow('too few fields');
});

test('this process uses memory and processor time', () => {
  const usage = readUsage(process.pid, 1000);
  expect(usage.atMs).toBe(1000);
  expect(usage.rssMb).toBeGreaterThan(10);
  expect(usage.peakMb).toBeGreaterThanOrEqual(usage.rssMb);
  expect(usage.cpuSeconds).toBeGreaterThan(0);
});
