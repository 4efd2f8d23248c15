/** The manifests in examples/ against a real API server, which knows KEDA's kind beside ours. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { testKubeconfig } from '../../../test/api-server.js';
import { eventually } from '../../../test/eventually.js';
import { installCrds, runKubectl } from '../../../test/kubectl.js';
import { changed } from './testdata/manifest.js';

const scaledObjects = 'operator/src/api/v1alpha1/testdata/keda-scaled-object-crd.yaml';
const kubectl = (...args: readonly string[]) => runKubectl(testKubeconfig(), args);
const documentsOf = (file: string) =>
  parseAllDocuments(readFileSync(`examples/${file}`, 'utf8')).map((document) => document.toJS() as unknown);

beforeAll(async () => {
  await installCrds(testKubeconfig());
  kubectl('apply', '--server-side', '--filename', scaledObjects);
  kubectl('wait', '--for=condition=Established', '--timeout=30s', '--filename', scaledObjects);
  await eventually(() => void kubectl('get', 'scaledobjects.keda.sh'));
}, 60_000);

test('all are taken, strictly', () => {
  const documents = readdirSync('examples').flatMap(documentsOf);
  const answer = kubectl('apply', '--dry-run=server', '--validate=strict', '--filename', 'examples/');
  expect(answer.trim().split('\n')).toHaveLength(documents.length);
});

describe("KEDA's object, changed so that it is wrong, is refused", () => {
  const manifestSchema = z.looseObject({ kind: z.string() });
  const scaledObject = (): object => {
    const documents = documentsOf('keda.yaml').map((document) => manifestSchema.parse(document));
    const found = documents.find(({ kind }) => kind === 'ScaledObject');
    if (!found) throw new Error('examples/keda.yaml has no ScaledObject');
    return found;
  };
  const answerTo = (changes: Readonly<Record<string, unknown>>): string =>
    execFileSync(
      'kubectl',
      ['--kubeconfig', testKubeconfig(), 'apply', '--dry-run=server', '--validate=strict', '--filename', '-'],
      { encoding: 'utf8', stdio: 'pipe', input: JSON.stringify(changed(scaledObject(), changes)) },
    );

  test('unless nothing is changed', () => {
    expect(answerTo({})).toContain('by-keda-here');
  });

  test.each([
    ['a field that there is not', { 'spec.minReplicas': 3 }, /unknown field "spec\.minReplicas"/],
    ['a threshold that is a number', { 'spec.triggers.0.metadata.threshold': 10_000 }, /threshold: Invalid value/],
    ['no trigger', { 'spec.triggers': [] }, /spec\.triggers: Invalid value/],
    ['a floor above the ceiling', { 'spec.minReplicaCount': 13 }, /minReplicaCount must be less than or equal to/],
    ['no target', { 'spec.scaleTargetRef': {} }, /spec\.scaleTargetRef\.name: Required value/],
  ])('%s', (_, changes, reason) => {
    expect(() => answerTo(changes)).toThrow(reason);
  });
});
