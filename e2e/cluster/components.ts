/** Builds the one program that is every Kubernetes component of the test cluster (components/main.go), once. */
import { join } from 'node:path';
import { ensureGoProgram } from './go-program.js';

/** The version of Kubernetes that the program reports; go.mod names the modules. */
const kubernetes = { version: 'v1.34.4', major: '1', minor: '34' };
const version = 'k8s.io/component-base/version';

/**
 * Returns the path of the program, building it when the cache lacks it (about seven minutes on two cores).
 * @throws Error when Go is missing or the build fails.
 */
export function ensureComponents(progress: (message: string) => void): Promise<string> {
  const program = {
    name: 'kubernetes',
    source: join(import.meta.dirname, 'components'),
    linkerFlags: `-s -w -X ${version}.gitVersion=${kubernetes.version} -X ${version}.gitMajor=${kubernetes.major} -X ${version}.gitMinor=${kubernetes.minor}`,
    progress: {
      download: 'Downloading the Go modules of Kubernetes and etcd (about 800 MB once)',
      compile: 'Compiling Kubernetes (about seven minutes on two cores, once)',
    },
  };
  return ensureGoProgram(program, progress);
}
