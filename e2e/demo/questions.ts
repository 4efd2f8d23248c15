/** Asks the demo's questions through the Service of the fleet, and insists on the answers. */
import type { DemoCluster } from './clusters.js';
import { fleetName, fleetNamespace } from './steps.js';

/** dig arguments, and what a line of the answer must be. */
const questions: readonly { readonly dig: readonly string[]; readonly answer: RegExp }[] = [
  { dig: ['www.demo.example', 'A'], answer: /^192\.0\.2\.10$/ },
  { dig: ['www.demo.example', 'AAAA'], answer: /^2001:db8::10$/ },
  { dig: ['demo.example', 'MX', '+tcp'], answer: /^10 mail\.demo\.example\.$/ },
  // The name of the server that answers, which is that of its pod.
  { dig: ['id.server', 'CH', 'TXT'], answer: new RegExp(`^"${fleetName}-.*"$`) },
];

/** Returns the address that was asked. @throws Error when an answer is missing or wrong */
export async function askQuestions(cluster: DemoCluster): Promise<string> {
  const address = await cluster.kubectl([
    ...['-n', fleetNamespace, 'get', 'service', fleetName, '-o', 'jsonpath={.spec.clusterIP}'],
  ]);
  for (const { dig, answer } of questions) {
    const args = ['+short', '+tries=2', '+time=2', ...dig];
    const { shown, output } = await cluster.dig(address, args);
    console.log(`$ ${shown}\n${output.trimEnd()}`);
    if (!output.split('\n').some((line) => answer.test(line))) {
      throw new Error(`asking ${dig.join(' ')}: expected ${String(answer)}, got '${output.trim()}'`);
    }
  }
  return address;
}
