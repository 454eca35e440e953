/** The picture of awake and asleep: an SVG made by attributes, a sentence that says the same, and the stretches as a list. */
import { h, part, s, setText, time } from "./dom.ts";
import type { Ledger } from "./ledger.ts";
import { duration, moment } from "./time.ts";
import type { Segment } from "./timeline.ts";
import { segments, summary } from "./timeline.ts";
import type { DatabaseView } from "./types.ts";
import { phaseNames } from "./words.ts";

const day = 86_400_000;
const spans = { "span-day": { ms: day, words: "24 hours" }, "span-week": { ms: 7 * day, words: "7 days" } };
type Span = keyof typeof spans;

/** Top and height in the picture, of 60: by height as well as by colour. */
const shapes: Record<Segment["phase"], [number, number]> = { awake: [4, 56], waking: [22, 38], "falling-asleep": [22, 38], asleep: [46, 14], unknown: [54, 6] };

function nameOf(phase: Segment["phase"]): string {
  return phase === "unknown" ? "Not recorded" : phaseNames[phase];
}

/** `load` fetches the ledger back to a time. */
export function timelineView(ledger: Ledger, load: (from: number) => Promise<void>): { show(view: DatabaseView, now: number): void } {
  const place = part("timeline", HTMLElement);
  let span: Span = "span-day";
  let last: { view: DatabaseView; now: number } | null = null;
  const title = s("title", { id: "timeline-svg-title" });
  const svg = s("svg", { viewBox: "0 0 1000 60", preserveAspectRatio: "none", role: "img", "aria-labelledby": "timeline-svg-title", class: "timeline" });
  const ticks = h("p", { class: "ticks", "aria-hidden": "true" });
  const legend = h("p", { class: "legend", "aria-hidden": "true" });
  for (const phase of ["awake", "waking", "asleep"] as const) {
    legend.append(h("span", {}, h("i", { class: `p-${phase}` }), phase === "waking" ? "Waking or falling asleep" : nameOf(phase)));
  }
  const sentence = h("p", { id: "timeline-summary" });
  const list = h("ul", { class: "plain" });
  place.append(svg, ticks, legend, sentence, h("details", {}, h("summary", {}, "As a list"), list));

  const draw = () => {
    if (!last) return;
    const { view, now } = last;
    const window = { from: now - spans[span].ms, to: now };
    const found = segments(ledger.items(), window, view);
    const x = (at: number) => ((at - window.from) / (window.to - window.from)) * 1000;
    svg.replaceChildren(title);
    for (const segment of found) {
      const [top, height] = shapes[segment.phase];
      // A wake of a minute in a week would be a tenth of a pixel: give it what can be seen.
      const width = Math.max(2, x(segment.to) - x(segment.from));
      svg.append(s("rect", { x: Math.min(998, x(segment.from)).toFixed(1), y: top, width: width.toFixed(1), height, class: `p-${segment.phase}` }));
    }
    for (const quarter of [250, 500, 750]) svg.append(s("line", { x1: quarter, x2: quarter, y1: 0, y2: 60, class: "grid" }));
    const words = summary(found, spans[span].words);
    setText(title, words);
    setText(sentence, words);
    const at = [0, 0.25, 0.5, 0.75, 1].map((share) => window.from + share * (window.to - window.from));
    ticks.replaceChildren(...at.map((tick, index) => h("span", {}, index === 4 ? "now" : moment(tick, now))));
    list.replaceChildren(
      ...found
        .toReversed()
        .map((segment) =>
          h(
            "li",
            {},
            `${nameOf(segment.phase)} for ${duration((segment.to - segment.from) / 1000)}, from `,
            time(new Date(segment.from).toISOString(), now),
            " to ",
            segment.to === now ? "now" : time(new Date(segment.to).toISOString(), now),
          ),
        ),
    );
  };

  const choose = async (next: Span) => {
    span = next;
    for (const id of Object.keys(spans)) part(id, HTMLButtonElement).setAttribute("aria-pressed", String(id === next));
    if (last) await load(last.now - spans[span].ms);
    draw();
  };
  for (const id of ["span-day", "span-week"] as const) part(id, HTMLButtonElement).addEventListener("click", () => void choose(id));

  return {
    show(view, now) {
      last = { view, now };
      draw();
    },
  };
}
