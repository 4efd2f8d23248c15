import { BlockList, isIPv6 } from 'node:net';
import { expect, test } from '@jest/globals';
import { cable, clientCable, maxNodes, nodeAddresses, podRange } from './addresses.js';
import { mountsBelow } from './mounts.js';
import { cniConfig, kubeletArgs, kubeletConfig, proxyConfig } from './node-config.js';

test('no two ends of the address plan are the same', () => {
  const nodes = Array.from({ length: maxNodes }, (_, index) => nodeAddresses('a', index + 1).address.ipv4);
  const cables = Array.from({ length: clientCable }, (_, index) => cable(index + 1));
  const all = [...nodes, ...cables.flatMap(({ near, far }) => [near.ipv4, far.ipv4])];
  expect(new Set(all).size).toBe(all.length);
});

test('every node finds the way to the cables of the others: they are in the range of the pods', () => {
  const pods = new BlockList();
  for (const range of Object.values(podRange)) {
    const [network = '', length] = range.split('/');
    pods.addSubnet(network, Number(length), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  for (let number = 1; number <= clientCable; number += 1) {
    for (const { ipv4, ipv6 } of Object.values(cable(number))) {
      expect([ipv4, pods.check(ipv4), ipv6, pods.check(ipv6, 'ipv6')]).toEqual([ipv4, true, ipv6, true]);
    }
  }
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

test('the logs of the pods of a node are its own: a kubelet deletes those of pods that it does not know', () => {
  expect(kubeletConfig('/n1', 'c')).toContain('podLogsDir: /n1/pod-logs\n');
});
