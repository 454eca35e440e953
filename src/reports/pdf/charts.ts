/** Charts, drawn to scale: a length or a height is the value on the axis beside it. Values below zero go to the other side of the line and have another colour. */
import { type Canvas, colours, type TextStyle } from "./canvas.ts";
import { type Scale, scaleOf } from "./scale.ts";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface BarLine {
  name: string;
  /** Minor units. */
  value: number;
  /** At the right, in two columns. */
  label: string;
  note: string;
}

const small: TextStyle = { size: 7, colour: colours.quiet };
const plain: TextStyle = { size: 8 };
const BAR_ROW = 17;
const AXIS = 14;

/** A text that ends with "…" where it would be wider. */
function fitted(canvas: Canvas, text: string, style: TextStyle, width: number): string {
  if (canvas.width(text, style) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && canvas.width(`${characters.join("")}…`, style) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

export const barChartHeight = (lines: number): number => lines * BAR_ROW + AXIS + 6;

/** Bars under each other, with a name before and a label behind each. */
export function barChart(canvas: Canvas, { left, top, width }: Box, lines: readonly BarLine[], tick: (value: number) => string): void {
  const names = Math.min(150, Math.max(40, ...lines.map(({ name }) => canvas.width(name, plain)))) + 8;
  const notes = Math.max(0, ...lines.map(({ note }) => canvas.width(note, plain)));
  const labels = Math.max(40, ...lines.map(({ label }) => canvas.width(label, plain))) + notes + 18;
  const from = left + names;
  const length = width - names - labels;
  const scale = scaleOf(
    lines.map(({ value }) => value),
    5,
  );
  const bottom = top + lines.length * BAR_ROW;
  for (const value of scale.ticks) {
    const x = from + scale.at(value) * length;
    canvas.line(x, top, x, bottom, colours.line, 0.5);
    canvas.text(x, bottom + 10, tick(value), small, "centre");
  }
  const zero = from + scale.at(0) * length;
  for (const [i, { name, value, label, note }] of lines.entries()) {
    const y = top + i * BAR_ROW;
    const end = from + scale.at(value) * length;
    canvas.text(left, y + 11, fitted(canvas, name, plain, names - 8), plain);
    if (value !== 0) canvas.area(Math.min(zero, end), y + 3, Math.abs(end - zero), BAR_ROW - 6, value < 0 ? colours.vermilion : colours.blue);
    canvas.text(left + width - notes - 8, y + 11, label, plain, "right");
    canvas.text(left + width, y + 11, note, { ...plain, colour: colours.quiet }, "right");
  }
  canvas.line(zero, top, zero, bottom, colours.axis, 0.8);
}

export interface ColumnBar {
  /** Minor units. */
  value: number;
  /** Under the axis; null: none. */
  label: string | null;
  /** Over the column; null: none. */
  above?: string | null;
  /** Only its edge is drawn. */
  hollow?: boolean;
}

/** Columns beside each other over an axis at the left. */
export function columnChart(canvas: Canvas, { left, top, width, height }: Box, bars: readonly ColumnBar[], tick: (value: number) => string): void {
  const scale: Scale = scaleOf(
    bars.map(({ value }) => value),
    4,
  );
  const ticks = scale.ticks.map((value) => ({ value, text: tick(value) }));
  const from = left + Math.max(20, ...ticks.map(({ text }) => canvas.width(text, small))) + 6;
  const span = left + width - from;
  const head = bars.some(({ above }) => above) ? 11 : 4;
  const low = top + height - AXIS;
  const y = (value: number) => low - scale.at(value) * (low - top - head);
  for (const { value, text } of ticks) {
    canvas.line(from, y(value), from + span, y(value), colours.line, 0.5);
    canvas.text(from - 5, y(value) + 2.5, text, small, "right");
  }
  const each = span / Math.max(1, bars.length);
  const gap = Math.min(each * 0.25, 12);
  for (const [i, { value, label, above, hollow = false }] of bars.entries()) {
    const x = from + i * each;
    const edge = Math.min(y(value), y(0));
    const high = Math.abs(y(value) - y(0));
    const fill = value < 0 ? colours.vermilion : colours.blue;
    if (value !== 0 && hollow) canvas.frame(x + gap / 2, edge, each - gap, high, fill, 0.9);
    else if (value !== 0) canvas.area(x + gap / 2, edge, each - gap, high, fill);
    if (above) {
      const at = (value < 0 ? y(0) : edge) - 3;
      const half = canvas.width(above, small) / 2 + 1;
      canvas.area(x + each / 2 - half, at - 5.5, 2 * half, 6.5, colours.white);
      canvas.text(x + each / 2, at, above, small, "centre");
    }
    if (label !== null) canvas.text(x + each / 2, low + 10, label, small, "centre");
  }
  canvas.line(from, y(0), from + span, y(0), colours.axis, 0.8);
}

/**
 * How far a budget is used: a bar against its frame, which ends at what was available. What is over goes past it, and the frame is the smaller; at more than
 * four times it ends. `used` 1 is all of it.
 */
export function gauge(canvas: Canvas, x: number, y: number, width: number, used: number): void {
  const most = Math.min(4, Math.max(1.25, used));
  const whole = width / most;
  const height = 7;
  const within = Math.max(0, Math.min(1, used)) * whole;
  canvas.area(x, y, within, height, colours.blue);
  if (used > 1) canvas.area(x + whole, y, (Math.min(most, used) - 1) * whole, height, colours.vermilion);
  canvas.frame(x, y, whole, height, colours.axis, 0.6);
}
