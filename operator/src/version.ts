/** The version of the program. In a file of its own, since the bundler writes it. */

/** Defined by operator/build.ts. */
declare const DNSFLEET_VERSION: string;

/** The version of the package that was bundled; `dev` when run from its sources. */
export const version = typeof DNSFLEET_VERSION === 'undefined' ? 'dev' : DNSFLEET_VERSION;
