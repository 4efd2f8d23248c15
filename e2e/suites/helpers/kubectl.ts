/** The real kubectl, and what it prints, parsed. Everything that the suites know of the cluster comes from here. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { nodeSchema, podSchema, resourceSchema, serviceSchema } from './objects.js';
import type { Pod, Resource, Service } from './objects.js';

/** Runs kubectl with these arguments and this standard input; returns its standard output, throws when it fails. */
export type RunKubectl = (args: readonly string[], input?: string) => Promise<string>;

/** kubectl for one namespace. */
export class Kubectl {
  readonly #run: RunKubectl;
  readonly namespace: string;

  constructor(run: RunKubectl, namespace: string) {
    this.#run = run;
    this.namespace = namespace;
  }

  /** Runs kubectl in the namespace. @throws Error with what it wrote, when it fails */
  run(args: readonly string[], input?: string): Promise<string> {
    return this.#run(['--namespace', this.namespace, ...args], input);
  }

  /** `kubectl apply --server-side`, as a person or a GitOps tool would. */
  async apply(...manifests: readonly object[]): Promise<void> {
    const documents = manifests.map((manifest) => stringify(manifest, { aliasDuplicateObjects: false })).join('---\n');
    await this.run(['apply', '--server-side', '--force-conflicts', '-f', '-'], documents);
  }

  async get<Schema extends z.ZodType>(schema: Schema, kind: string, name: string): Promise<z.output<Schema>> {
    return schema.parse(JSON.parse(await this.run(['get', kind, name, '-o', 'json'])));
  }

  async list<Schema extends z.ZodType>(schema: Schema, kind: string, selector = ''): Promise<z.output<Schema>[]> {
    const text = await this.run(['get', kind, '-o', 'json', ...(selector === '' ? [] : ['-l', selector])]);
    return z.object({ items: z.array(schema) }).parse(JSON.parse(text)).items;
  }

  fleet(name: string): Promise<Resource> {
    return this.get(resourceSchema, 'dnsfleet', name);
  }

  pool(name: string): Promise<Resource> {
    return this.get(resourceSchema, 'dnspool', name);
  }

  service(name: string): Promise<Service> {
    return this.get(serviceSchema, 'service', name);
  }

  /** Pods that match, without those that are being deleted. */
  async pods(selector: string): Promise<Pod[]> {
    const pods = await this.list(podSchema, 'pods', selector);
    return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  }

  /** Names of all nodes and their internal IPv4 addresses, in the order of the names. */
  async nodes(): Promise<readonly { readonly name: string; readonly address: string }[]> {
    const nodes = await this.list(nodeSchema, 'nodes');
    return nodes
      .map(({ metadata, status }) => ({
        name: metadata.name,
        address: status.addresses.find((each) => each.type === 'InternalIP')?.address ?? '',
      }))
      .sort((left, right) => left.name.localeCompare(right.name));
  }
}
