/**
 * Certificates of the aggregation layer: how the API server and the APIs behind it (metrics-server, the adapter for
 * external metrics) know each other. Made with openssl: Node.js reads certificates, and cannot make them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The name that the API server shows to the APIs behind it. */
export const frontProxyName = 'front-proxy-client';

/** Paths below the directory of a cluster. */
export const aggregationFiles = (directory: string) => {
  const file = (name: string): string => join(directory, 'aggregation', name);
  return {
    authority: file('ca.crt'),
    authorityKey: file('ca.key'),
    frontProxy: { certificate: file('front-proxy.crt'), key: file('front-proxy.key') },
    serving: { certificate: file('serving.crt'), key: file('serving.key') },
  };
};

/**
 * Writes an authority, the API server's client certificate, and one certificate for all APIs behind it: they have Services
 * in kube-system. Good for ten days.
 * @throws Error when openssl is missing or fails.
 */
export function writeAggregationCertificates(directory: string): void {
  const files = aggregationFiles(directory);
  mkdirSync(join(directory, 'aggregation'), { recursive: true });
  make(files.authority, files.authorityKey, [
    ...subject('dnsfleet-aggregation'),
    ...extensions('basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'),
  ]);
  const signed = ['-CA', files.authority, '-CAkey', files.authorityKey];
  const leaf = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'];
  make(files.frontProxy.certificate, files.frontProxy.key, [
    ...signed,
    ...subject(frontProxyName),
    ...extensions(...leaf, 'extendedKeyUsage=clientAuth'),
  ]);
  make(files.serving.certificate, files.serving.key, [
    ...signed,
    ...subject('aggregated-api'),
    ...extensions(...leaf, 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:*.kube-system.svc'),
  ]);
}

const subject = (name: string): string[] => ['-subj', `/CN=${name}`];
const extensions = (...lines: readonly string[]): string[] => lines.flatMap((line) => ['-addext', line]);

function make(certificate: string, key: string, args: readonly string[]): void {
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '10'];
  // Without a configuration of its own it adds what the machine's says, and a leaf would be an authority.
  const argv = ['req', '-x509', '-config', '/dev/null', ...fresh, '-out', certificate, '-keyout', key, ...args];
  execFileSync('openssl', argv, { stdio: 'pipe' });
}
