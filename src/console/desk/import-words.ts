/** Imports in words. Pure. */
import type { Import, ImportRow } from "./types.ts";

const entries = (count: number) => `${count} ${count === 1 ? "entry" : "entries"}`;
const rows = (count: number) => `${count} ${count === 1 ? "row" : "rows"}`;

/** Whether a step of it is under way. */
export const moves = ({ state }: Pick<Import, "state">): boolean => state === "checking" || state === "committing" || state === "undoing";

const orders: Record<string, string> = { ymd: "year, month, day", dmy: "day, month, year", mdy: "month, day, year" };
const marks: Record<string, string> = { ",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", ".": "a point" };

/** How it stands, in a sentence or two. */
export function importWords({ state, counts, reason, progress, undone }: Import): string {
  const far = progress === null ? "" : ` ${rows(progress.done)}${progress.total === null ? "" : ` of ${progress.total}`} so far.`;
  const why = reason === null ? "" : ` ${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : "."}`;
  switch (state) {
    case "awaiting":
      return "Waits for its file.";
    case "checking":
      return `Is being looked through.${far}${why}`;
    case "unreadable":
      return `Can't be read.${why}`;
    case "checked": {
      if (counts === null) return "Looked through.";
      const left = [
        counts.duplicates > 0 ? `${rows(counts.duplicates)} there already` : "",
        counts.bad > 0 ? `${rows(counts.bad)} that can't be read` : "",
        (counts.kinds.transfer ?? 0) > 0 ? `${counts.kinds.transfer} moved between accounts` : "",
      ].filter((each) => each !== "");
      const days = counts.from === null || counts.to === null ? "" : `, from ${counts.from} to ${counts.to}`;
      return `${entries(counts.added)} to enter${days}.${left.length > 0 ? ` ${left.join(", ")}.` : ""}`;
    }
    case "committing":
      return `Is being entered.${far}${why}`;
    case "committed":
      return counts === null ? "Entered." : `${entries(counts.added)} entered.`;
    case "undoing":
      return `Is being undone.${why}`;
    case "undone":
      return undone === null ? "Undone." : `Undone: ${entries(undone.removed)} gone${undone.kept > 0 ? `, ${undone.kept} kept because you changed them` : ""}.`;
    case "failed":
      return `Failed.${why}`;
  }
}

/** How it was read, as far as that was guessed; "" where the file says it itself. */
export function readWords({ read }: Pick<Import, "read">): string {
  if (read === null || read.csv === null) return "";
  const { mapping, unsure } = read.csv;
  const sure = unsure.length === 0 && !read.encodingUnsure ? "" : " Look whether that is right.";
  return `Read as ${read.encoding}, cells parted by ${marks[mapping.separator] ?? mapping.separator}, days as ${orders[mapping.days] ?? mapping.days}, decimals behind ${marks[mapping.decimals] ?? mapping.decimals}.${sure}`;
}

/** A row that is not to be entered, with its line. */
export const rowWords = ({ line, problem, occurredOn, amount, currency, merchant }: ImportRow): string =>
  problem === null ? `Line ${line}: ${[occurredOn, merchant, amount, currency].filter((each) => each !== null).join(" ")}` : `Line ${line} ${problem}.`;

/** What a file is by its name; null: nothing that can be imported. */
export function formatNamed(name: string): "csv" | "ofx" | "qfx" | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  if (extension === "ofx" || extension === "qfx") return extension;
  return extension === "csv" || extension === "txt" || extension === "tsv" ? "csv" : null;
}
