/** Keys and tokens of a control plane. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { controlPlaneFiles } from './control-plane-args.js';

export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Writes the service account key and a token for each user. Returns the tokens by user name. */
export function writeCredentials(directory: string, users: readonly User[]): ReadonlyMap<string, string> {
  const files = controlPlaneFiles(directory);
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(files.serviceAccountKey, key.privateKey, { mode: 0o600 });
  const tokens = new Map(users.map((user) => [user.name, randomBytes(16).toString('hex')]));
  const lines = users.map((user) => {
    const groups = user.groups === undefined ? '' : `,"${user.groups.join(',')}"`;
    return `${tokens.get(user.name) ?? ''},${user.name},${user.name}${groups}\n`;
  });
  writeFileSync(files.tokens, lines.join(''), { mode: 0o600 });
  return tokens;
}

/** The administrator of every test cluster. */
export const administrator: User = { name: 'admin', groups: ['system:masters'] };

/** The token of `user`. @throws Error when none was written. */
export function tokenOf(tokens: ReadonlyMap<string, string>, user: User): string {
  const token = tokens.get(user.name);
  if (token === undefined) throw new Error(`looking up the token of ${user.name}: there is none`);
  return token;
}
