/** The state of the database in words. Pure and total over the phases. */
import { duration, secondsUntil } from "./time.ts";
import type { DatabaseView, HistoryItem, Phase } from "./types.ts";

/** What the page looks like: the phase, or that it is awake and does not serve. */
export type Mood = Phase | "not-serving";

export interface Headline {
  mood: Mood;
  word: string;
  sentence: string;
}

export function moodOf(view: Pick<DatabaseView, "phase" | "serving">): Mood {
  return view.phase === "awake" && !view.serving ? "not-serving" : view.phase;
}

const managed: Record<Mood, [string, string]> = {
  asleep: ["Asleep", "The database is stopped and its compute costs nothing. Press the button when you need it."],
  waking: ["Waking up", "The database has been asked to start. It serves as soon as it has answered its first query."],
  awake: ["Awake", "The database is up and serves requests."],
  "falling-asleep": ["Falling asleep", "Running requests are finished, nothing new is let in, then it stops. Asking for it now calls it back."],
  "not-serving": ["Awake, but not serving", "The instance is up, but the database does not answer for now. Requests get a plain “not yet”."],
};

const watched: Record<Mood, [string, string]> = {
  asleep: ["Asleep", "The database is stopped. Dormouse only watches it and will not start it."],
  waking: ["Waking up", "Somebody or something else is starting the database."],
  awake: ["Awake", "The database is up and serves requests. Dormouse only watches it."],
  "falling-asleep": ["Falling asleep", "Somebody or something else is stopping the database."],
  "not-serving": ["Awake, but not serving", "The instance is up, but the database does not answer for now. Dormouse only watches it."],
};

/** The state as one big honest word and a sentence. */
export function headline(view: Pick<DatabaseView, "phase" | "serving" | "mode">): Headline {
  const mood = moodOf(view);
  const [word, sentence] = (view.mode === "watch" ? watched : managed)[mood];
  return { mood, word, sentence };
}

export interface WakeProgress {
  text: string;
  /** 0 to 1, or null when nobody can say how much is left. */
  value: number | null;
}

/**
 * How far a wake is. It counts down to this instance's usual time (p50); past that it says so and never stands at 0. `now` in ms.
 */
export function wakeProgress(view: Pick<DatabaseView, "since" | "estimate">, now: number): WakeProgress {
  const elapsed = Math.max(0, -secondsUntil(view.since, now));
  const { estimate } = view;
  if (estimate === null) return { text: `No estimate yet, this is the first wake seen here. ${duration(elapsed)} so far.`, value: null };
  if (estimate.readyAt === null)
    return { text: `Usually takes about ${duration(estimate.p50Seconds)} once the start begins. ${duration(elapsed)} so far.`, value: null };
  const left = secondsUntil(estimate.readyAt, now);
  if (left > 0) {
    const guess = estimate.samples === 0 ? " (a guess, until this database has been woken a few times)" : "";
    return { text: `Usually ready in about ${duration(Math.max(1, Math.ceil(left)))}${guess}`, value: Math.min(0.97, elapsed / (elapsed + left)) };
  }
  const slow = Math.max(estimate.p90Seconds, estimate.p50Seconds);
  const known = estimate.samples === 0 ? "" : ` Nine of ten wakes took at most ${duration(slow)}.`;
  if (-left < slow - estimate.p50Seconds)
    return { text: `Any moment now; it is taking a little longer than usual. ${duration(elapsed)} so far.${known}`, value: null };
  return { text: `It is taking longer than usual: ${duration(elapsed)} so far.${known}`, value: null };
}

/** Whether something is under way that is worth looking at often. */
export function unsettled(view: Pick<DatabaseView, "phase" | "serving" | "wake">): boolean {
  return view.phase === "waking" || view.phase === "falling-asleep" || (view.wake ?? null) !== null;
}

/** Around the time at which it may fall asleep: that is over within seconds, and whoever watches wants to see it. Not for long: what holds it up may last. */
export function aboutToSleep(view: Pick<DatabaseView, "phase" | "sleepsAt" | "mode">, now: number): boolean {
  if (view.phase !== "awake" || view.sleepsAt === null || view.mode === "watch") return false;
  const left = secondsUntil(view.sleepsAt, now);
  return left < 15 && left > -90;
}

/** What stands beside the button: that somebody has asked already, or how long a wake will take; null when nothing is known. */
export function wakeForecast(view: Pick<DatabaseView, "estimate" | "wake">): string | null {
  if (view.wake) return `Asked for by ${view.wake.by}; it wakes as soon as it can.`;
  if (view.estimate === null || view.estimate.samples === 0) return null;
  return `Waking usually takes about ${duration(view.estimate.p50Seconds)}.`;
}

/** How long until it sleeps; null when it stays awake. `now` in ms. */
export function sleepCountdown(view: Pick<DatabaseView, "sleepsAt" | "mode">, now: number): string | null {
  if (view.sleepsAt === null) return null;
  const left = secondsUntil(view.sleepsAt, now);
  if (view.mode === "watch") return left > 0 ? `in ${duration(left)}, but it is only watched` : "by now, but it is only watched";
  return left >= 1 ? `in ${duration(left)}, unless somebody uses it` : "any moment now, unless somebody uses it";
}

/** What awake means where nobody logs in to the database; null where somebody does. */
export function unverified(view: Pick<DatabaseView, "verified">): string | null {
  return view.verified ? null : "Nobody logs in to look. Awake means that RDS says available; whether the database answers, and who is connected, is not seen.";
}

/** Why less than nothing was saved; null when it was not less. `saved` are decimal strings. */
export function savedLessThanNothing(saved: readonly string[]): string | null {
  if (!saved.some((each) => Number(each) < 0)) return null;
  return "Less than nothing was saved: AWS bills at least 10 minutes for each start, and that came to more than the sleep.";
}

const stages: Record<string, string> = {
  stopped: "The instance is stopped; AWS is being asked to start it.",
  starting: "AWS is starting the instance.",
  stopping: "The instance is still stopping; it can start only after that.",
  available: "The instance is up; the database has not answered its first query yet.",
  "backing-up": "AWS is making a backup.",
  "configuring-enhanced-monitoring": "AWS is configuring the instance’s monitoring.",
  maintenance: "AWS is carrying out maintenance.",
  modifying: "AWS is applying a change to the instance.",
  rebooting: "The instance is rebooting.",
  upgrading: "AWS is upgrading the engine.",
};

/** The stage that RDS is in, for people; an unknown status is passed on as it is. */
export function stage(rdsStatus: string): string {
  return stages[rdsStatus] ?? `RDS reports “${rdsStatus}”.`;
}

const became: Record<Phase, string> = {
  asleep: "Fell asleep",
  waking: "Began to wake",
  awake: "Woke up",
  "falling-asleep": "Began to fall asleep",
};

export const phaseNames: Record<Phase, string> = { asleep: "Asleep", waking: "Waking", awake: "Awake", "falling-asleep": "Falling asleep" };

/** What a line of the ledger says happened: the change of phase, or else the action. */
export function happened(item: Pick<HistoryItem, "from" | "phase" | "action">): string {
  if (item.from !== item.phase) return item.from === "falling-asleep" && item.phase === "awake" ? "Was called back" : became[item.phase];
  const plain = item.action.replaceAll(/[-_]/g, " ").trim();
  if (plain === "" || plain === "none" || plain === "wait") return `Stayed ${phaseNames[item.phase].toLowerCase()}`;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
