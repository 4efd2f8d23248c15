/**
 * The version of what the builders make of an unchanged DnsPool: the pod template of its servers and the text of their
 * configuration. It is written into `DnsPool.spec` by the fleet controller, as a change that goes from PoP to PoP, and a
 * pool with another version keeps what it has. Without it, an operator with another probe or another default would
 * replace the servers of all PoPs of all fleets together on the day that it is installed.
 *
 * To be raised whenever template-version.test.ts fails, once a release.
 */
export const templateVersion = 1;
