/** Asks an API server inside a network namespace whether it is ready: a socket cannot be opened from outside of it. */
import { execFile } from 'node:child_process';
import { inNetns } from './network.js';

const script = `
const https = require('node:https');
const call = https.get(process.argv[1], { rejectUnauthorized: false, timeout: 2000 }, (r) => process.exit(r.statusCode === 200 ? 0 : 1));
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
`;

/** Returns a function that tells whether `url` (which needs no credentials) answers 200. */
export function readyProgram(netns: string, url: string): () => Promise<boolean> {
  const [command = '', ...args] = inNetns(netns, [process.execPath, '-e', script, url]);
  const env = { ...process.env, NODE_OPTIONS: '' };
  return () =>
    new Promise(
      (resolve) => void execFile(command, args, { env, timeout: 10_000 }, (error) => resolve(error === null)),
    );
}
