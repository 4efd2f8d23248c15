/** Draws a plan as SVG: load against capacity over the years, and the servers of each PoP. Pure. */
import { thousands } from '../planning/thousands.js';
import type { PlanResult } from './plan-report.js';
import { fixed, text, ticks } from './svg.js';

const width = 900;
const height = 620;
const left = 90;
const right = 30;
const plotWidth = width - left - right;
const growth = { top: 90, height: 200 };
const pops = { top: 370, height: 170 };
const colors = {
  load: '#1f77b4',
  carried: '#a9d6a9',
  most: '#dcefdc',
  limit: '#b00',
  text: '#333',
  faint: '#ddd',
  needed: '#7fb3d9',
  spare: '#f2b76c',
};

/** One picture for both questions: when is there room no more, and where do the servers stand. */
export function plotPlan(result: PlanResult): string {
  const { inputs, fleet } = result;
  const name = fleet === undefined ? 'A new fleet' : `Fleet ${fleet}`;
  const subtitle = `${thousands(inputs.capacityQps)} queries/s a server, ${inputs.targetUtilizationPercent} % planned for, ${inputs.redundancy} to spare in each PoP, ${inputs.popSizing}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${colors.text}">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text({ x: left, y: 28, size: 17 }, `${name}: capacity plan`),
    text({ x: left, y: 46 }, subtitle),
    ...drawGrowth(result),
    ...drawPops(result),
    '</svg>',
    '',
  ].join('\n');
}

function drawGrowth({ inputs, proposal }: PlanResult): readonly string[] {
  const target = inputs.targetUtilizationPercent / 100;
  const years = proposal.years.map(({ year, expectedQps, sizing }) => {
    const carrying = sizing.pops.reduce((sum, { servers }) => sum + Math.max(0, servers - inputs.redundancy), 0);
    return { year, expectedQps, most: sizing.mostQps, planned: carrying * inputs.capacityQps * target };
  });
  const scale = scaleOf(Math.max(...years.flatMap(({ most, expectedQps }) => [most, expectedQps])));
  const y = (value: number) => growth.top + growth.height * (1 - value / scale.most);
  const step = plotWidth / years.length;
  const x = (at: number) => left + step * at;
  const bars = years.flatMap(({ most, planned, year }, at) => [
    box({ x: x(at) + step * 0.15, y: y(most), width: step * 0.7, height: y(0) - y(most), fill: colors.most }),
    box({ x: x(at) + step * 0.15, y: y(planned), width: step * 0.7, height: y(0) - y(planned), fill: colors.carried }),
    text(
      { x: x(at) + step / 2, y: growth.top + growth.height + 16, anchor: 'middle' },
      year === 0 ? 'now' : `year ${year}`,
    ),
  ]);
  const load = years.map(({ expectedQps }, at) => `${fixed(x(at) + step / 2)},${fixed(y(expectedQps))}`).join(' ');
  return [
    text({ x: left, y: growth.top - 12, size: 13 }, 'Queries/s of the fleet'),
    ...legend(growth.top - 12, [
      ['the load', colors.load],
      ['carried with the spare servers lost', colors.carried],
      ['all servers at their limit', colors.most],
    ]),
    ...gridLines(scale, y),
    ...bars,
    `<polyline points="${load}" fill="none" stroke="${colors.load}" stroke-width="2.5"/>`,
    ...years.map(({ expectedQps }, at) =>
      text(
        { x: x(at) + step / 2, y: y(expectedQps) - 7, anchor: 'middle', color: colors.load },
        thousands(expectedQps),
      ),
    ),
  ];
}

function drawPops({ inputs, proposal }: PlanResult): readonly string[] {
  const scale = scaleOf(Math.max(...proposal.pops.map(({ servers, missing }) => servers + missing)));
  const y = (value: number) => pops.top + pops.height * (1 - value / scale.most);
  const step = plotWidth / proposal.pops.length;
  const bars = proposal.pops.flatMap(({ name, needed, servers, missing }, at) => {
    const x = left + step * at + step * 0.15;
    const bar = (from: number, to: number, fill: string) =>
      to > from ? [box({ x, y: y(to), width: step * 0.7, height: y(from) - y(to), fill })] : [];
    const carried = Math.min(needed, servers);
    // Names of many PoPs would write over each other.
    const label = step >= 7 * name.length ? name : at % Math.ceil((7 * name.length) / step) === 0 ? name : '';
    return [
      ...bar(0, carried, colors.needed),
      ...bar(carried, servers, colors.spare),
      ...bar(servers, servers + missing, colors.limit),
      ...(label === '' ? [] : [text({ x: x + step * 0.35, y: y(0) + 16, anchor: 'middle' }, label)]),
      ...(step >= 24
        ? [text({ x: x + step * 0.35, y: y(servers + missing) - 5, anchor: 'middle' }, String(servers))]
        : []),
    ];
  });
  return [
    text({ x: left, y: pops.top - 12, size: 13 }, 'Servers of each PoP, now'),
    ...legend(pops.top - 12, [
      ['for the load', colors.needed],
      [`to spare, or for the floor`, colors.spare],
      ['not allowed by maxServers', colors.limit],
    ]),
    ...gridLines(scale, y),
    ...bars,
    text(
      { x: left, y: height - 22 },
      `Cache of a server: ${thousands(proposal.cache.names)} names of ${inputs.entryBytes} bytes.`,
    ),
  ];
}

/** About as many marks, and at least one unit for each: servers are whole. */
const fewestMarks = 4;

interface Scale {
  readonly most: number;
  readonly marks: readonly number[];
}

/** Round marks, and room above the highest value. */
function scaleOf(highest: number): Scale {
  const most = Math.max(fewestMarks, highest * 1.12);
  return { most, marks: ticks(most, fewestMarks) };
}

function gridLines({ marks }: Scale, y: (value: number) => number): readonly string[] {
  return marks.flatMap((mark) => [
    `<line x1="${left}" x2="${width - right}" y1="${fixed(y(mark))}" y2="${fixed(y(mark))}" stroke="${colors.faint}"/>`,
    text({ x: left - 8, y: y(mark) + 4, anchor: 'end' }, thousands(mark)),
  ]);
}

function legend(y: number, entries: readonly (readonly [string, string])[]): readonly string[] {
  let x = width - right;
  return [...entries].reverse().flatMap(([label, color]) => {
    x -= 6.4 * label.length;
    const drawn = [text({ x, y }, label), box({ x: x - 16, y: y - 10, width: 11, height: 11, fill: color })];
    x -= 34;
    return drawn;
  });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
}

const box = ({ x, y, width: boxWidth, height: boxHeight, fill }: Box): string =>
  `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(boxWidth)}" height="${fixed(boxHeight)}" fill="${fill}"/>`;
