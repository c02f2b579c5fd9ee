/** Round trips, one after the other: from a publish to its acknowledgement, which means that it is on disk. */
import uPlot from "uplot";
import { el } from "../element.ts";
import type { Person } from "../person.ts";
import type { Drawn } from "./column.ts";

const HEIGHT = 160;
/** ms */
const DECADES = [1, 10, 100, 1000, 10_000] as const;

export function plotOf(people: readonly Person[]): Drawn {
  const label = "Round trip of each publish, to disk and back, in milliseconds; the last on the right";
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
    scales: {
      x: { time: false },
      // From 1 ms on disk to seconds without a server.
      y: { distr: 3, range: (_plot, _least, most) => [1, Math.max(100, most * 1.5)] },
    },
    axes: [
      { ...axis, space: 90, size: 30 },
      { ...axis, size: 54, splits: () => [...DECADES], filter: (_plot, splits) => splits },
    ],
    series: [
      {},
      ...people.map(({ someone }) => ({
        label: someone.name,
        stroke: resolved(`--person-${someone.person}`),
        paths: () => null,
        points: { show: true, size: 5, fill: resolved(`--person-${someone.person}`) },
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

/** A column of places, by time, and one of ms for each person. */
function dataOf(people: readonly Person[]): uPlot.AlignedData {
  const all = people
    .flatMap(({ roundTrips }, index) => roundTrips.last.map(({ at, ms }) => ({ at, ms, index })))
    .sort((a, b) => a.at - b.at);
  const places = all.map((_, place) => place - all.length + 1);
  return [
    places,
    ...people.map((_, person) => all.map(({ ms, index }) => (index === person ? Math.max(1, ms) : null))),
  ];
}
