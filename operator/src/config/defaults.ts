/** Defaults of the options; the chart's values repeat them, and a test compares the two. */
export const defaults = {
  resolverImagePullPolicy: 'IfNotPresent',
  watchNamespaces: [],
  leaderElection: 'Enabled',
  leaderElectionName: 'dnsfleet-operator',
  // client-go's numbers: a dead leader is replaced within 17 s.
  leaseDurationSeconds: 15,
  renewDeadlineSeconds: 10,
  retryPeriodSeconds: 2,
  httpPort: 8080,
  concurrency: 4,
  apiQps: 100,
  apiBurst: 200,
  // Where the supervisor of a resolver pod listens (docs/design/2026-11-24-foundations.md, section 3).
  agentPort: 8080,
  logLevel: 'info',
} as const;
