/** Configuration files of a node: containerd, CNI, kubelet, kube-proxy. Pure. */
import { stringify } from 'yaml';
import { podRange, serviceRange, type NodeAddresses } from './addresses.js';

/** Paths below the directory of a node. */
export const nodeFiles = (directory: string) => ({
  containerdConfig: `${directory}/containerd.toml`,
  containerdRoot: `${directory}/containerd`,
  containerdState: `${directory}/containerd-state`,
  containerdSocket: `${directory}/containerd.sock`,
  cni: `${directory}/cni`,
  cniAddresses: `${directory}/cni-addresses`,
  kubelet: `${directory}/kubelet`,
  kubeletConfig: `${directory}/kubelet.yaml`,
  podLogs: `${directory}/pod-logs`,
  proxyConfig: `${directory}/kube-proxy.yaml`,
  kubeconfig: `${directory}/kubeconfig`,
  proxyKubeconfig: `${directory}/kube-proxy.kubeconfig`,
});

/** containerd 1.6 with a root, state and socket of its own. */
export function containerdConfig(directory: string): string {
  const files = nodeFiles(directory);
  return `version = 2
root = "${files.containerdRoot}"
state = "${files.containerdState}"
[grpc]
  address = "${files.containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  # A machine without CAP_SYS_RESOURCE may not lower the score of a process.
  restrict_oom_score_adj = true
  # Below our own directory, where they are found again and unmounted with the rest.
  netns_mounts_under_state_dir = true
  sandbox_image = "localhost/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${files.cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

/** Pods get addresses of the node's bridge, and routes to pods and Services only: there is no way out. */
export function cniConfig(directory: string, node: NodeAddresses): string {
  const range = (subnet: string, gateway: string) => [{ subnet, gateway }];
  return JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: 'cube',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cube0',
          isGateway: true,
          ipMasq: false,
          hairpinMode: true,
          ipam: {
            type: 'host-local',
            dataDir: nodeFiles(directory).cniAddresses,
            ranges: [range(node.podSubnet.ipv4, node.address.ipv4), range(node.podSubnet.ipv6, node.address.ipv6)],
            routes: [
              { dst: '198.18.0.0/15', gw: node.address.ipv4 },
              { dst: 'fd00::/16', gw: node.address.ipv6 },
            ],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  );
}

/** The kubelet below a cgroup of its own; only programs inside the cluster's namespaces can reach its port. */
export function kubeletConfig(directory: string, cgroup: string): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${nodeFiles(directory).containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    resolvConf: '',
    // Every minute a kubelet deletes the logs of pods that it does not know: those of all other nodes of this machine, if
    // they were in one place.
    podLogsDir: nodeFiles(directory).podLogs,
    nodeStatusUpdateFrequency: '5s',
  });
}

/** kube-proxy in iptables mode, which leaves the machine's conntrack limits alone. */
export function proxyConfig(directory: string, node: NodeAddresses): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: nodeFiles(directory).proxyKubeconfig },
    hostnameOverride: node.name,
    clusterCIDR: `${podRange.ipv4},${podRange.ipv6}`,
    // A client outside must count as one: by address the cables are in the pods' range, and `externalTrafficPolicy: Local`
    // does not hold for what comes from a pod.
    detectLocalMode: 'BridgeInterface',
    detectLocal: { bridgeInterface: 'cube0' },
    conntrack: { maxPerCore: 0 },
    oomScoreAdj: 0,
    nodePortAddresses: [`${node.address.ipv4}/32`, `${node.address.ipv6}/128`],
  });
}

/** Arguments of the kubelet. */
export function kubeletArgs(directory: string, node: NodeAddresses): string[] {
  const files = nodeFiles(directory);
  return [
    `--config=${files.kubeletConfig}`,
    `--kubeconfig=${files.kubeconfig}`,
    `--root-dir=${files.kubelet}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address.ipv4},${node.address.ipv6}`,
    `--node-labels=topology.kubernetes.io/zone=zone-${node.name.slice(-1)}`,
  ];
}

/** The Service ranges as the API server and controller-manager take them. */
export const serviceRanges = `${serviceRange.ipv4},${serviceRange.ipv6}`;
