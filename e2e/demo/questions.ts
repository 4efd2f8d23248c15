/** Asks the demo's questions through the Service of the fleet, and insists on the answers. */
import type { DemoCluster } from './clusters.js';
import { fleetName, fleetNamespace } from './steps.js';

/** dig arguments, and the line that the answer must have. */
const questions: readonly { readonly dig: readonly string[]; readonly answer: string }[] = [
  { dig: ['www.demo.example', 'A'], answer: '192.0.2.10' },
  { dig: ['www.demo.example', 'AAAA'], answer: '2001:db8::10' },
  { dig: ['demo.example', 'MX', '+tcp'], answer: '10 mail.demo.example.' },
];

/** @throws Error when an answer is missing or wrong. */
export async function askQuestions(cluster: DemoCluster): Promise<void> {
  const address = await cluster.kubectl([
    ...['-n', fleetNamespace, 'get', 'service', fleetName, '-o', 'jsonpath={.spec.clusterIP}'],
  ]);
  for (const { dig, answer } of questions) {
    const args = ['+short', '+tries=2', '+time=2', ...dig];
    const { shown, output } = await cluster.dig(address, args);
    console.log(`$ ${shown}\n${output.trimEnd()}`);
    if (!output.split('\n').includes(answer)) {
      throw new Error(`asking ${dig.join(' ')}: expected '${answer}', got '${output.trim()}'`);
    }
  }
}
