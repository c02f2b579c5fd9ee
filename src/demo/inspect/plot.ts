/** Round trips over time: from a publish to its acknowledgement, which means that it is on disk. */
import uPlot from "uplot";
import { el } from "../element.ts";
import type { Person } from "../person.ts";
import type { Drawn } from "./column.ts";

const HEIGHT = 150;

export function plotOf(people: readonly Person[]): Drawn {
  const label = "Round trip of each publish, to disk and back, in milliseconds";
  const element = el("figure", { class: "plot" }, el("figcaption", { text: label }));
  let plot: uPlot | null = null;
  let drawn = -1;
  return {
    element,
    draw: () => {
      const serial = people.reduce((sum, { roundTrips }) => sum + roundTrips.serial, 0);
      const width = element.clientWidth;
      if (width === 0) return;
      plot ??= new uPlot(optionsFor(people, width), dataOf(people), element);
      if (plot.width !== width) plot.setSize({ width, height: HEIGHT });
      if (serial !== drawn) plot.setData(dataOf(people));
      drawn = serial;
    },
  };
}

function optionsFor(people: readonly Person[], width: number): uPlot.Options {
  const axis = { stroke: resolved("--soft"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(10, most * 1.1)] } },
    axes: [
      { ...axis, space: 90 },
      { ...axis, size: 50 },
    ],
    series: [
      {},
      ...people.map(({ someone }) => ({
        label: someone.name,
        stroke: resolved(`--person-${someone.person}`),
        width: 1.5,
        spanGaps: true,
        points: { size: 4 },
      })),
    ],
  };
}

/** Of an element that has it as its colour: a custom property alone is not resolved for light or dark. */
function resolved(name: string): () => string {
  return () => {
    const probe = el("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

/** A column of times, and one of ms for each person. */
function dataOf(people: readonly Person[]): uPlot.AlignedData {
  const all = people
    .flatMap(({ roundTrips }, index) => roundTrips.last.map(({ at, ms }) => ({ at, ms, index })))
    .sort((a, b) => a.at - b.at);
  const times = all.map(({ at }) => at / 1000);
  return [times, ...people.map((_, person) => all.map(({ ms, index }) => (index === person ? ms : null)))];
}
