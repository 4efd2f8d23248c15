/** `kubectl dnsfleet plan`: a capacity plan for a manifest or for a new fleet, without a cluster. */
import { stringify } from 'yaml';
import { losePop, planCapacity } from '../planning/capacity/plan.js';
import { readPlanRequest } from './plan-inputs.js';
import { describePlanOptions, type Output, parsePlanOptions } from './plan-options.js';
import { plotPlan } from './plan-plot.js';
import { type PlanResult, renderPlan } from './plan-report.js';

/** What a command may do to the outside. */
export interface Files {
  /** @throws Error when there is no such file; `-` is standard input */
  read(path: string): string;
  write(path: string, text: string): void;
  print(text: string): void;
}

export const planHelp = `kubectl dnsfleet plan computes how many servers each PoP of a fleet takes, with what it may lose.

  kubectl dnsfleet plan --expected-qps 1000000 --capacity-qps 100000
  kubectl dnsfleet plan -f fleet.yaml --expected-qps 250000 --growth 50 --lose-pop eu-west-1
  kubectl dnsfleet plan -f fleet.yaml --expected-qps 250000 -o markdown --plot plan.svg

It asks no cluster and changes nothing. It exits with 1 when something is wrong with what it was given, and with 2 when the
plan does not keep the spare servers of a PoP: within its maxServers, or after the loss of the PoP of --lose-pop.

Options:
${describePlanOptions()}`;

/**
 * Runs the command.
 * @returns the exit code: 2 when the plan breaks the redundancy, else 0.
 * @throws UsageError for what the person has to put right, and Error when a file cannot be read or written.
 */
export function runPlan(argv: readonly string[], files: Files): number {
  const options = parsePlanOptions(argv);
  const { filename, plot, output } = options;
  const request = readPlanRequest(options, filename === undefined ? undefined : files.read(filename));
  const proposal = planCapacity(request.inputs);
  const loss = request.lost && losePop(request.inputs, proposal, request.lost);
  const keepsRedundancy = proposal.missing === 0 && (loss ?? []).every(({ holds }) => holds);
  const result: PlanResult = { ...request, proposal, ...(loss && { loss }), keepsRedundancy };
  files.print(render(result, output));
  if (plot !== undefined) files.write(plot, plotPlan(result));
  return keepsRedundancy ? 0 : 2;
}

function render(result: PlanResult, output: Output): string {
  switch (output) {
    case 'json':
      return JSON.stringify(result, undefined, 2);
    case 'yaml':
      return stringify(result).trimEnd();
    case 'table':
    case 'markdown':
      return renderPlan(result, output).trimEnd();
  }
}
