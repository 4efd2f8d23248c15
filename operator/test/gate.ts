/** Holds a removal where a test wants to look at it: a server is marked and stays so, because the Deployment cannot be written. */
import type { ProxiedApi } from './api-server.js';

/** Until it is opened, whoever comes through the proxy is told that somebody else has just written the Deployment. */
export function closeGate({ proxy }: ProxiedApi): void {
  proxy.choose = ({ method, url }) =>
    method === 'PATCH' && url.includes('/deployments/') ? { type: 'status', status: 409 } : undefined;
}

export function openGate({ proxy }: ProxiedApi): void {
  proxy.choose = () => undefined;
}
