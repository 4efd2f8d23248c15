#!/usr/bin/env node
/**
 * `kubectl-dnsfleet`, which kubectl runs as `kubectl dnsfleet`. The only place of it that reads arguments and touches
 * files. Exits 1 when something is wrong with what it was given; other codes are those of the command.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { version } from '../version.js';
import { planHelp, runPlan } from './plan-command.js';
import { UsageError } from './plan-options.js';

const help = `kubectl dnsfleet ${version}

  kubectl dnsfleet plan     compute how many servers the PoPs of a fleet take

kubectl dnsfleet plan --help says more.`;

function main([command, ...argv]: readonly string[]): number {
  const wantsHelp = argv.includes('--help') || argv.includes('-h');
  if (command === 'plan' && !wantsHelp) {
    return runPlan(argv, {
      read: (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
      write: (path, text) => writeFileSync(path, text),
      print: (text) => console.log(text),
    });
  }
  const isKnown = command === undefined || ['plan', 'help', '--help', '-h'].includes(command);
  if (!isKnown) throw new UsageError(`'${command}' is no command`);
  console.log(command === 'plan' ? planHelp : help);
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error instanceof UsageError ? `${error.message}\n\nSee kubectl dnsfleet plan --help.` : error.message);
  process.exitCode = 1;
}
