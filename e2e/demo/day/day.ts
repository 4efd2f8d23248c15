/** `make demo-load`: the day from putting up its stage to taking it away, with a live view, a summary and a picture. */
import { mkdir, writeFile } from 'node:fs/promises';
import { seededRandom } from '../../../operator/test/random.js';
import { systemClock } from '../../../operator/src/runtime/clock.js';
import { drawChart } from '../../bench/chart.js';
import { describeMachine } from '../../bench/machine.js';
import type { DemoCluster } from '../clusters.js';
import type { Progress } from '../progress.js';
import { dayRates, playSeconds } from './curve.js';
import { leastColumns, renderLine, renderPanel } from './panel.js';
import { dayChart } from './picture.js';
import { playDay, type Recording } from './play.js';
import { clearStage, setStage } from './stage.js';
import { isClean, keep, summarize } from './summary.js';
import type { Story } from './story.js';
import { LivePanel } from './terminal.js';

const directory = 'build/demo';
/** The noise of every day is the same, so that two runs can be compared. */
const seed = 1;
/** Without a terminal there is a line so often. */
const lineSeconds = 5;

/**
 * Plays the day in the demo that is up; returns whether every query was answered. Whatever happens, the fleet of the day
 * and its clients are gone afterwards. @throws Error when it could not be played; the signal's reason when it aborts
 */
export async function playAndTell(cluster: DemoCluster, progress: Progress, signal: AbortSignal): Promise<boolean> {
  try {
    const address = await setStage(cluster, progress);
    signal.throwIfAborted();
    progress(
      `Playing a day in ${playSeconds} s; the load goes on until the first server that it does not take has left`,
    );
    const { show, end } = createView();
    try {
      const rates = dayRates(seededRandom(seed));
      const recording = await playDay({ cluster, clock: systemClock, address, rates, show }, signal);
      end();
      await tellAll(recording);
      return isClean(recording.result);
    } finally {
      end();
    }
  } finally {
    progress('Taking the fleet of the day and its clients away');
    await clearStage(cluster);
  }
}

async function tellAll(recording: Recording): Promise<void> {
  await mkdir(directory, { recursive: true });
  const kept = keep(recording, describeMachine());
  await writeFile(`${directory}/load.json`, `${JSON.stringify(kept, undefined, 1)}\n`);
  await writeFile(`${directory}/load.svg`, drawChart(dayChart(recording)));
  console.log(
    `\n${summarize(recording).join('\n')}\n\nPicture: ${directory}/load.svg; figures: ${directory}/load.json`,
  );
}

interface View {
  readonly show: (story: Story) => void;
  readonly end: () => void;
}

/** A panel on a terminal that has room for it, else lines. */
function createView(): View {
  const { stdout } = process;
  if (!stdout.isTTY || stdout.columns < leastColumns) return createLines();
  const panel = new LivePanel(stdout);
  const hasColors = stdout.hasColors() && (process.env['NO_COLOR'] ?? '') === '';
  const end = (): void => panel.end();
  // Whatever ends this process, the cursor is given back.
  process.once('exit', end);
  return { show: (story) => panel.draw(renderPanel(story, { columns: stdout.columns, hasColors })), end };
}

function createLines(): View {
  let printedAt = -lineSeconds;
  const show = (story: Story): void => {
    if (story.samples.length === 0 || story.second < printedAt + lineSeconds) return;
    printedAt = Math.floor(story.second);
    console.log(renderLine(story));
  };
  return { show, end: () => undefined };
}
