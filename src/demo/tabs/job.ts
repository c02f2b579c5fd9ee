/** The progress of something that takes a while: published by one, watched by the other. */
import { button, el } from "../element.ts";
import { fieldsOf } from "../fields.ts";
import type { Use } from "./tabs.ts";

type Progress = { readonly percent: number; readonly step: string };

const STEPS = ["fetching", "decoding", "rendering", "uploading"] as const;
/** ms between two steps, and % of each. */
const EVERY = 180;
const BY = 4;

export const job: Use = (panel, [worker, watcher], session) => {
  const room = `${session.room}-job`;
  const work = worker.wire.room<Progress>(room, { member: false });
  const watch = watcher.wire.room(room, { rewind: 1, member: false });
  const bar = el("progress", { max: "100", value: "0", "aria-label": "Progress of the job" });
  const step = el("p", { class: "step", role: "status", text: "Nothing was started yet." });
  watch.on("message", ({ data, seq }) => {
    const { percent, step: name } = fieldsOf(data);
    bar.value = Number(percent) || 0;
    step.textContent = bar.value >= 100 ? `Done, with message #${seq}.` : `${bar.value} %: ${name}`;
  });
  let timer: ReturnType<typeof setInterval> | undefined;
  const start = () => {
    clearInterval(timer);
    let percent = 0;
    timer = setInterval(() => {
      percent += BY;
      const name = STEPS[Math.min(STEPS.length - 1, Math.floor((percent / 100) * STEPS.length))] as string;
      work.publish({ percent, step: name }).catch(() => undefined);
      if (percent >= 100) clearInterval(timer);
    }, EVERY);
  };
  panel.append(el("div", { class: "job" }, button(`${worker.someone.name} starts a job`, start), bar, step));
  return () => {
    clearInterval(timer);
    work.leave();
    watch.leave();
  };
};
