/** Line charts on logarithmic axes as one SVG, readable on light and dark pages: it follows what the reader prefers. */
import { logScale, short } from "./scale.ts";

export interface Line {
  name: string;
  /** Which of the styles below it has. */
  style: "edgewire" | "reference";
  dashed?: boolean;
  points: readonly { x: number; y: number }[];
}

export interface Chart {
  title: string;
  x: string;
  y: string;
  lines: readonly Line[];
}

const WIDTH = 420;
const HEIGHT = 330;
/** Around the field in which the lines are. */
const MARGIN = { left: 52, right: 16, top: 34, bottom: 78 };
const LEGEND_LINE = 15;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .edgewire { stroke: #0a69da; fill: #0a69da; }
  .reference { stroke: #9a6700; fill: #9a6700; }
  path.edgewire, path.reference { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .grid { stroke: #3d444d; }
    .edgewire { stroke: #4493f8; fill: #4493f8; }
    .reference { stroke: #d29922; fill: #d29922; }
    path.edgewire, path.reference { fill: none; }
  }`;

/** @param caption what is to be known to read the charts; one line of text */
export function svg(charts: readonly Chart[], caption: string): string {
  const width = WIDTH * charts.length;
  const parts = charts.map((chart, index) => `<g transform="translate(${index * WIDTH} 0)">${draw(chart)}</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT + 22}" width="${width}" role="img">`,
    `<title>${escaped(charts.map(({ title }) => title).join("; "))}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    `<text x="${MARGIN.left}" y="${HEIGHT + 12}">${escaped(caption)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function draw({ title, x: xTitle, y: yTitle, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const [left, right, top, bottom] = [MARGIN.left, WIDTH - MARGIN.right, MARGIN.top, HEIGHT - MARGIN.bottom];
  const x = logScale(
    points.map((point) => point.x),
    left,
    right,
  );
  const y = logScale(
    points.map((point) => point.y),
    bottom,
    top,
  );
  const n = (value: number) => value.toFixed(1);
  return [
    `<text class="title" x="${left}" y="16">${escaped(title)}</text>`,
    `<text x="${left}" y="${top - 6}">${escaped(yTitle)}</text>`,
    ...x.ticks.map(
      (tick) =>
        `<path class="grid" d="M${n(x.at(tick))} ${top}V${bottom}"/><text x="${n(x.at(tick))}" y="${bottom + 16}" text-anchor="middle">${short(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="M${left} ${n(y.at(tick))}H${right}"/><text x="${left - 6}" y="${n(y.at(tick) + 4)}" text-anchor="end">${short(tick)}</text>`,
    ),
    `<text x="${(left + right) / 2}" y="${bottom + 32}" text-anchor="middle">${escaped(xTitle)}</text>`,
    ...lines.flatMap(({ name, style, dashed, points: of }, index) => {
      const dash = dashed ? ' stroke-dasharray="5 4"' : "";
      const way = of.map((point) => `${n(x.at(point.x))} ${n(y.at(point.y))}`).join("L");
      const legend = { x: left + (index % 2) * 170, y: bottom + 50 + Math.floor(index / 2) * LEGEND_LINE };
      return [
        `<path class="${style}"${dash} d="M${way}"/>`,
        ...of.map(
          (point) =>
            `<circle class="${style}" cx="${n(x.at(point.x))}" cy="${n(y.at(point.y))}" r="2.5"><title>${escaped(`${name}: ${short(point.x)} → ${short(point.y)}`)}</title></circle>`,
        ),
        `<path class="${style}"${dash} d="M${legend.x} ${legend.y - 4}h24"/><text x="${legend.x + 30}" y="${legend.y}">${escaped(name)}</text>`,
      ];
    }),
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
