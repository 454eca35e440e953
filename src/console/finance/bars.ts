/**
 * Bars as SVG. Lengths are in percent and texts in pixels, so they fit any width without growing; nothing is said by colour alone. The policy refuses
 * `style` attributes: all is by attributes and classes.
 */
import { s } from "../dom.ts";

export interface Bar {
  name: string;
  amount: string;
  /** For its length only; below zero it goes to the left. */
  value: number;
  /** The category's own, as a mark beside its name; `#3366cc`. */
  colour: string | null;
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
const ROW = 46;
/** Pixels of a bar's row: where its name stands, and its bar begins. */
const NAME = 15;
const TOP = 23;
const THICK = 13;

let drawn = 0;
/** Titles and descriptions are named by id, which has to be the only one. */
function picture(height: number, title: string, description: string, ...children: (Node | null)[]): SVGElement {
  const id = `chart-${++drawn}`;
  const named = { role: "img", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-desc`, class: "chart", width: "100%", height };
  return s("svg", named, s("title", { id: `${id}-title` }, title), s("desc", { id: `${id}-desc` }, description), ...children);
}

/** Pixels over which a name that is too long fades away. */
const FADE = 28;

/** One bar under another, each with its name and its amount. */
export function barChart(bars: readonly Bar[], title: string, description: string): SVGElement {
  const lowest = Math.min(0, ...bars.map(({ value }) => value));
  const highest = Math.max(0, ...bars.map(({ value }) => value));
  const reach = highest - lowest || 1;
  const zero = percent(-lowest / reach);
  const fade = `chart-${drawn + 1}-fade`;
  const rows = bars.map(({ name, amount, value, colour }, index) => {
    const indent = colour === null ? 0 : 16;
    return s(
      "g",
      { transform: `translate(0 ${index * ROW})` },
      // An SVG within cuts off what is too long, where text alone would run into the amount.
      s(
        "svg",
        { width: "66%", height: ROW },
        colour === null ? null : s("circle", { cx: 6, cy: NAME - 5, r: 5, fill: colour, class: "mark" }),
        s("text", { x: indent, y: NAME }, [...name].length > 42 ? `${[...name].slice(0, 41).join("")}…` : name),
        s("rect", { x: "100%", width: FADE, height: TOP, transform: `translate(-${FADE} 0)`, fill: `url(#${fade})` }),
      ),
      s("text", { x: "100%", y: NAME, "text-anchor": "end", class: "amount" }, amount),
      s("rect", { y: TOP, width: "100%", height: THICK, rx: 3, class: "track" }),
      s("rect", {
        x: percent((Math.min(0, value) - lowest) / reach),
        y: TOP,
        // What is there can be seen, however small.
        width: value === 0 ? 0 : percent(Math.max(0.006, Math.abs(value) / reach)),
        height: THICK,
        rx: 3,
        class: value < 0 ? "bar back" : "bar",
      }),
      lowest < 0 ? s("line", { x1: zero, x2: zero, y1: TOP - 3, y2: TOP + THICK + 3, class: "axis" }) : null,
    );
  });
  const fading = s("linearGradient", { id: fade }, s("stop", { offset: 0, class: "fade-out" }), s("stop", { offset: 1, class: "fade-in" }));
  return picture(bars.length * ROW - (ROW - TOP - THICK) + 3, title, description, s("defs", {}, fading), ...rows);
}

/** A budget: what is spent, of what may be, and where today is. `passed` is the share of its days that have begun; null draws no mark. */
export function budgetBar(spent: number, limit: number, passed: number | null, title: string, description: string): SVGElement {
  const whole = Math.max(spent, limit, 0) || 1;
  const end = Math.max(0, limit) / whole;
  const used = Math.max(0, spent) / whole;
  const hatch = `chart-${drawn + 1}-hatch`;
  const over = used > end;
  const mark = (share: number, name: string, ...shape: SVGElement[]) => s("svg", { x: percent(share), overflow: "visible", class: name }, ...shape);
  return picture(
    30,
    title,
    description,
    over
      ? s(
          "defs",
          {},
          s(
            "pattern",
            { id: hatch, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
            s("rect", { width: 7, height: 7, class: "over-ground" }),
            s("rect", { width: 3, height: 7, class: "over-line" }),
          ),
        )
      : null,
    s("rect", { y: 9, width: percent(end), height: 16, rx: 4, class: "track" }),
    used > 0 ? s("rect", { y: 9, width: percent(Math.max(0.006, Math.min(used, end))), height: 16, rx: 4, class: "bar" }) : null,
    over ? s("rect", { x: percent(end), y: 9, width: percent(used - end), height: 16, fill: `url(#${hatch})`, class: "over" }) : null,
    over ? mark(end, "limit", s("line", { y1: 5, y2: 29 })) : null,
    passed === null ? null : mark(passed * end, "today", s("path", { d: "M-5 0h10l-5 7z" }), s("line", { y1: 4, y2: 27 })),
  );
}
