import { expect, test } from '@jest/globals';
import { createProgress, nested, runStep } from './progress.js';
import { imageValues } from './steps.js';

const digest = `sha256:${'0'.repeat(64)}`;

test.each([
  ['localhost/operator:dev', 'localhost/operator', 'dev', ''],
  ['registry.example:5000/operator', 'registry.example:5000/operator', 'latest', ''],
  ['registry.example:5000/team/operator:1.2', 'registry.example:5000/team/operator', '1.2', ''],
  [`registry.example/operator@${digest}`, 'registry.example/operator', '', digest],
  [`registry.example/operator:1.2@${digest}`, 'registry.example/operator', '1.2', digest],
])('the image %s becomes values of the chart', (...row) => {
  const [image, repository, tag, imageDigest] = row;
  expect(imageValues('image', image, 'Never').filter((word) => word !== '--set-string')).toEqual([
    `image.repository=${repository}`,
    `image.tag=${tag}`,
    `image.digest=${imageDigest}`,
    'image.pullPolicy=Never',
  ]);
});

test('progress counts from its start, also what programs with a clock of their own say', () => {
  const lines: string[] = [];
  let nowMs = 1_000_000;
  const progress = createProgress(
    () => nowMs,
    (line) => lines.push(line),
  );
  progress('Building');
  nowMs += 61_400;
  progress(nested('[   5 s] Compiling'));
  expect(lines).toEqual(['[   0 s] Building', '[  61 s]   Compiling']);
});

test('a step tells line by line what its program writes, and fails with what it wrote last', async () => {
  const lines: string[] = [];
  const program =
    "console.log('[   3 s] one'); console.log('two'); console.error('three'); process.exitCode = Number(process.argv[1])";
  const step = (code: string) =>
    runStep([process.execPath, '-e', program, code], { progress: (line) => lines.push(line) });
  await step('0');
  expect(lines.sort()).toEqual(['  one', '  three', '  two']);
  await expect(step('4')).rejects.toThrow(/ended with 4\nthree/);
});
