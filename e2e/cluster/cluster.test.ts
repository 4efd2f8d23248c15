import { expect, test } from '@jest/globals';
import { cable, clientCable, maxNodes, nodeAddresses } from './addresses.js';
import { mountsBelow } from './mounts.js';
import { cniConfig, kubeletArgs, proxyConfig } from './node-config.js';

test('no two ends of the address plan are the same', () => {
  const nodes = Array.from({ length: maxNodes }, (_, index) => nodeAddresses('a', index + 1).address.ipv4);
  const cables = Array.from({ length: clientCable }, (_, index) => cable(index + 1));
  const all = [...nodes, ...cables.flatMap(({ near, far }) => [near.ipv4, far.ipv4])];
  expect(new Set(all).size).toBe(all.length);
});

test('two clusters have namespaces of their own', () => {
  expect(nodeAddresses('a', 1).netns).not.toBe(nodeAddresses('b', 1).netns);
});

test('mounts below a directory are found, the innermost first, spaces and all', () => {
  const mounts = ['proc /proc proc rw', 'a /c/x a rw', 'b /c/x/y\\040z b rw', 'c /cc/x c rw'].join('\n');
  expect(mountsBelow('/c', mounts)).toEqual(['/c/x/y z', '/c/x']);
});

test('the configuration of a node bears its own addresses', () => {
  const node = nodeAddresses('a', 2);
  const cni: unknown = JSON.parse(cniConfig('/d', node));
  expect(cni).toMatchObject({
    plugins: [{ bridge: 'cube0', ipam: { ranges: [[{ subnet: '198.18.1.0/24' }], [{}]] } }, {}],
  });
  expect(kubeletArgs('/d', node)).toContain('--node-ip=198.18.1.1,fd00:18:0:1::1');
  expect(proxyConfig('/d', node)).toContain('hostnameOverride: node-2');
});
