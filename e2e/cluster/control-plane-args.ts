/** Arguments of etcd and of the control plane's components: pure, shared by the control plane alone and the cluster. */
import { join } from 'node:path';
import { aggregationFiles, frontProxyName } from './certificates.js';

/** Paths below the directory of a control plane. */
export const controlPlaneFiles = (directory: string) => ({
  etcd: join(directory, 'etcd'),
  certificates: join(directory, 'certs'),
  /** The API server signs its own certificate, so it is its own authority. */
  certificateAuthority: join(directory, 'certs/apiserver.crt'),
  serviceAccountKey: join(directory, 'sa.key'),
  tokens: join(directory, 'tokens.csv'),
  kubeconfig: join(directory, 'kubeconfig'),
});

/** etcd on loopback, without syncing to disk: a test cluster does not outlive its machine. */
export function etcdArgs(of: {
  readonly directory: string;
  readonly port: number;
  readonly peerPort: number;
}): string[] {
  const client = `http://127.0.0.1:${of.port}`;
  const peer = `http://127.0.0.1:${of.peerPort}`;
  return [
    `--data-dir=${controlPlaneFiles(of.directory).etcd}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export interface ApiServerOptions {
  readonly directory: string;
  readonly etcdPort: number;
  readonly port: number;
  readonly bindAddress: string;
  readonly advertiseAddress: string;
  readonly serviceRange: string;
}

/** The API server with RBAC; users show tokens out of a file. */
export function apiServerArgs(of: ApiServerOptions): string[] {
  const files = controlPlaneFiles(of.directory);
  return [
    `--etcd-servers=http://127.0.0.1:${of.etcdPort}`,
    `--cert-dir=${files.certificates}`,
    `--secure-port=${of.port}`,
    `--bind-address=${of.bindAddress}`,
    `--advertise-address=${of.advertiseAddress}`,
    `--service-cluster-ip-range=${of.serviceRange}`,
    '--allow-privileged',
    '--authorization-mode=Node,RBAC',
    // No DNS leads to a node's name; `kubectl logs` and `exec` go to its address.
    '--kubelet-preferred-address-types=InternalIP',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-account-key-file=${files.serviceAccountKey}`,
  ];
}

/** What the API server needs to ask APIs behind it, over certificates of {@link aggregationFiles}. */
export function aggregationArgs(directory: string): string[] {
  const { authority, frontProxy } = aggregationFiles(directory);
  return [
    // Published for the APIs behind, which insist on both.
    `--client-ca-file=${authority}`,
    `--requestheader-client-ca-file=${authority}`,
    `--requestheader-allowed-names=${frontProxyName}`,
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${frontProxy.certificate}`,
    `--proxy-client-key-file=${frontProxy.key}`,
    // Straight to the endpoints: the API server does not depend on the kube-proxy of its node.
    '--enable-aggregator-routing',
  ];
}

/** The controller-manager; what it signs are service account tokens, what it hands to pods is the API server's authority. */
export function controllerManagerArgs(directory: string): string[] {
  const files = controlPlaneFiles(directory);
  return [
    `--kubeconfig=${files.kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.certificateAuthority}`,
  ];
}

export function schedulerArgs(directory: string): string[] {
  return [`--kubeconfig=${controlPlaneFiles(directory).kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
}
