/** Names that the pod template and the image agree on (docs/design/2026-11-24-foundations.md, section 3). */

/** Where the supervisor of a server serves `/readyz`, `/metrics` and `/v1`. */
export const agentPort = 8080;
/** The key of the ConfigMap, and the file below `/etc/dnsfleet/config`. */
export const configKey = 'config.json';
/** The key of the Secret, and the file below `/etc/dnsfleet/token`. */
export const tokenKey = 'token';
