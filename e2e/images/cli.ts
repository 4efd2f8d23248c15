/** Images on the command line: see `usage`. */
import { parseArgs } from 'node:util';
import { loadImages, openCluster } from '../cluster/cluster.js';
import { ensureImages } from './build.js';
import { ensureUnbound } from './unbound.js';

const usage = `usage: cli.ts COMMAND
  build             build the images (dist/ must be there) and print the paths of their archives
  load --name NAME  build them and load them into every node of the cluster NAME
  unbound           make the image's Unbound usable on this machine and print its directory`;

const progress = (message: string): void => console.error(message);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string', default: 'local' } },
  });
  switch (positionals[0]) {
    case 'build':
      console.log((await ensureImages(progress)).join('\n'));
      return;
    case 'load':
      await loadImages(openCluster(values.name), await ensureImages(progress));
      return;
    case 'unbound':
      console.log(await ensureUnbound(progress));
      return;
    default:
      throw new Error(usage);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
