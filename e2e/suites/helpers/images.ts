/** Names of the images that the suites run; built by e2e/images. */

export const images = {
  resolver: 'localhost/dnsfleet-resolver:dev',
  operator: 'localhost/dnsfleet-operator:dev',
} as const;
