/** Jobs, notifications and subscriptions in words. Pure. */
import { isRecord } from "../types.ts";
import type { Export, Job, News, Subscription } from "./types.ts";

const kinds: Record<string, string> = {
  recap: "Weekly recap",
  report: "Report",
  import: "Import",
  export: "Export",
  restore: "Bringing an export back",
  sweep: "Look at all budgets",
};

/** What kind of work it is; of a kind that this page does not know, its own name. */
export const jobName = (kind: string): string => (Object.hasOwn(kinds, kind) ? (kinds[kind] ?? kind) : kind.replaceAll(/[-_:]/g, " "));

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;

/** How it stands, in a sentence or two. */
export function jobWords({ state, progress, reason, result }: Pick<Job, "state" | "progress" | "reason" | "result">): string {
  const why = reason ? ` ${sentence(reason)}` : "";
  switch (state) {
    case "waiting":
      return `Waits for the database.${why}`;
    case "running": {
      if (progress === null) return `At work.${why}`;
      return `At work: ${progress.total === null ? `${progress.done} done so far` : `${progress.done} of ${progress.total} done`}.${why}`;
    }
    case "failed":
      return `Failed.${why}`;
    case "done":
      if (isRecord(result) && typeof result.sentence === "string") return result.sentence;
      return isRecord(result) && typeof result.title === "string" ? `${result.title}: ready.` : "Done.";
  }
}

/** How far it is, 0 to 1; null while nobody knows. */
export function jobShare({ state, progress }: Pick<Job, "state" | "progress">): number | null {
  if (state !== "running" || progress === null || progress.total === null || progress.total <= 0) return null;
  return Math.min(1, Math.max(0, progress.done / progress.total));
}

const formats: Record<string, string> = { json: "Everything, as JSON", csv: "Entries as CSV", beancount: "Entries as Beancount", ofx: "Entries as OFX" };

/** Whether its file is there to be got, at `now` (milliseconds). */
export const isKept = ({ file }: Pick<Export, "file">, now: number): boolean => file !== null && now < Date.parse(file.keptUntil);

/** What was asked for and how it stands. */
export function exportWords({ request, state, progress, reason, file }: Export, now: number): string {
  const what = Object.hasOwn(formats, request.format) ? (formats[request.format] ?? request.format) : request.format;
  const part = Object.keys(request.filter).length > 0 ? ", a part" : "";
  if (state !== "done") return `${what}${part}: ${jobWords({ state, progress, reason, result: null })}`;
  return `${what}${part}: ${isKept({ file }, now) ? "ready." : "kept no longer."}`;
}

/** What became of a notification's mail, where no mail came; null else. */
export function mailWords({ state, reason }: Pick<News, "state" | "reason">): string | null {
  if (state !== "failed" && state !== "skipped") return null;
  return `No mail was sent${reason ? `: ${reason}` : ""}${reason && /[.!?]$/.test(reason) ? "" : "."}`;
}

/** How many are unread. */
export const unreadWords = (count: number): string => (count > 0 ? `${count} unread` : "");

const newsKinds: Record<string, string> = {
  "budget-threshold": "A budget reaches a threshold",
  "large-expense": "A large expense is entered",
  "report-ready": "A report is ready",
  "weekly-recap": "How the week was, once a week",
};

/** What a kind of notification tells; of one that this page does not know, its own name. */
export const newsKindName = (kind: string): string => (Object.hasOwn(newsKinds, kind) ? (newsKinds[kind] ?? kind) : kind.replaceAll("-", " "));

export interface SubscriptionWords {
  sentence: string;
  /** What the button that asks for mails says; null: there is nothing to ask for. */
  ask: string | null;
  /** What the button that stops them says. */
  stop: string | null;
}

export function subscriptionWords({ state, address, reason }: Pick<Subscription, "state" | "address" | "reason">): SubscriptionWords {
  const to = address ?? "your address";
  switch (state) {
    case "none":
      return { sentence: "You get no mails: what there is to tell stands here alone.", ask: "Send me mails", stop: null };
    case "pending":
      return { sentence: `A mail was sent to ${to}: open it and confirm. Until then nothing else is sent there.`, ask: "Send it again", stop: "Take it back" };
    case "confirmed":
      return { sentence: `Mails go to ${to}.`, ask: null, stop: "No more mails" };
    case "suppressed":
      return { sentence: `No mails go to ${to} any more${reason ? `: ${reason}` : ""}.`, ask: "Try again", stop: "Leave it" };
  }
}
