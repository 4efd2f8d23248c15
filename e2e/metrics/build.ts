/** Builds metrics-server, so that a suite with a deadline finds it built. */
import { ensureMetricsServer } from './metrics-server.js';

console.log(`metrics-server is built: ${await ensureMetricsServer((message) => console.log(message))}`);
