/** Writes kubeconfig files. */
import { stringify } from 'yaml';

/** A kubeconfig with one user who shows a token to one API server. */
export function kubeconfig(of: { readonly url: string; readonly caPem: string; readonly token: string }): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dnsfleet',
    clusters: [
      {
        name: 'dnsfleet',
        cluster: { server: of.url, 'certificate-authority-data': Buffer.from(of.caPem).toString('base64') },
      },
    ],
    users: [{ name: 'dnsfleet', user: { token: of.token } }],
    contexts: [{ name: 'dnsfleet', context: { cluster: 'dnsfleet', user: 'dnsfleet' } }],
  });
}
