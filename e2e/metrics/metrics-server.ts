/** Builds the metrics-server of the test cluster (metrics-server/main.go), once. */
import { join } from 'node:path';
import { ensureGoProgram } from '../cluster/go-program.js';

/** Returns its path, building it when the cache lacks it (two to four minutes on two cores). @throws Error when that fails */
export function ensureMetricsServer(progress: (message: string) => void): Promise<string> {
  const program = {
    name: 'metrics-server',
    source: join(import.meta.dirname, 'metrics-server'),
    linkerFlags: '-s -w',
    progress: {
      download: 'Downloading the Go modules of metrics-server',
      compile: 'Compiling metrics-server (two to four minutes on two cores, once)',
    },
  };
  return ensureGoProgram(program, progress);
}
