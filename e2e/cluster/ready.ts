/** Asks an API server whether it is ready. */
import { request } from 'node:https';

/** The HTTP status of `/readyz`, or 0 when nobody answers within 2 s. Its certificate is not known yet; it is on this machine. */
export function readyStatus(url: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false, timeout: 2000 };
    const call = request(`${url}/readyz`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end();
  });
}
