/** Work that nobody waits for: what is asked for, how far it is, what came of it. It is there while the database sleeps. */
import type { Api } from "../api.ts";
import { busy, h, part, say, setText, show, time } from "../dom.ts";
import { pageOf } from "../finance/types.ts";
import { problemOf } from "../problem.ts";
import type { Write } from "../writes.ts";
import { isJob, isOpen, type Job } from "./types.ts";
import { jobName, jobShare, jobWords } from "./words.ts";

export interface JobsView {
  /** Reads the newest. Throws ApiError. */
  load(): Promise<void>;
  /** One of them is not at its end. */
  open(): boolean;
}

const SHOWN = 5;

/** `asked` is called after something was asked for, which wakes the database. */
export function jobsView(api: Api, write: Write, now: () => number, asked: () => Promise<void>): JobsView {
  const list = part("jobs", HTMLElement);
  const error = part("jobs-error", HTMLElement);
  const announce = part("jobs-announce", HTMLElement);
  let items: Job[] = [];
  let drawn = "";

  const row = (job: Job): HTMLLIElement => {
    const name = jobName(job.kind);
    const share = jobShare(job);
    const bar = job.state === "running" ? h("progress", { max: 1, value: share, "aria-label": `${name}: how far it is` }) : null;
    return h(
      "li",
      { class: `job ${job.state}` },
      h("p", { class: "row" }, h("strong", {}, name), h("span", { class: "soft" }, time(job.createdAt, now()))),
      bar,
      h("p", { class: job.state === "failed" ? "bad" : false }, jobWords(job)),
    );
  };

  const draw = () => {
    const text = JSON.stringify(items);
    if (text === drawn) return;
    drawn = text;
    list.replaceChildren(...items.map(row));
    show(part("jobs-empty", HTMLElement), items.length === 0);
  };

  const load = async () => {
    const before = new Map(items.map((job) => [job.id, job]));
    const page = pageOf(await api("GET", `/jobs?limit=${SHOWN}`, { background: true }), isJob);
    items = page.items;
    const [ended] = items.filter((job) => {
      const known = before.get(job.id);
      return !isOpen(job) && known !== undefined && isOpen(known);
    });
    if (ended) setText(announce, `${jobName(ended.kind)}: ${jobWords(ended)}`);
    draw();
  };

  const ask = part("jobs-recap", HTMLButtonElement);
  ask.addEventListener("click", () => {
    void busy(ask, async () => {
      say(error, null);
      try {
        const made = await write("POST", "/jobs", { kind: "recap" });
        if (isJob(made)) items = [made, ...items.filter(({ id }) => id !== made.id)].slice(0, SHOWN);
        draw();
      } catch (failure) {
        say(error, problemOf(failure).detail);
      }
      await asked();
    });
  });
  return { load, open: () => items.some(isOpen) };
}
