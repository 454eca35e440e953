/** The top of the page: the state as one big word, the button, the wake's progress, and the facts. */
import { h, part, say, setText, show, time } from "./dom.ts";
import { duration, inOwnZone, secondsUntil } from "./time.ts";
import type { DatabaseView } from "./types.ts";
import type { Mood } from "./words.ts";
import { headline, sleepCountdown, stage, unverified, wakeForecast, wakeProgress } from "./words.ts";

export interface StatusView {
  show(view: DatabaseView, now: number): void;
  /** Once a second: only what counts. */
  tick(now: number): void;
  /** What went wrong with a press, beside the button; null takes it away. */
  complain(sentence: string | null): void;
}

export function statusView(): StatusView {
  const hero = part("hero", HTMLElement);
  const word = part("word", HTMLElement);
  const announce = part("announce", HTMLElement);
  const attention = part("attention", HTMLElement);
  const progress = part("progress", HTMLElement);
  const bar = part("progress-bar", HTMLProgressElement);
  const restartPlace = part("restart-place", HTMLElement);
  const error = part("restart-error", HTMLElement);
  const facts = part("facts", HTMLElement);
  let mood: Mood | null = null;
  let shown = "";
  let alerted = "";
  let view: DatabaseView | null = null;
  /** The parts of the facts that change with the clock. */
  let counting: { element: HTMLElement; text: (now: number) => string }[] = [];

  const counter = (text: (now: number) => string, now: number): HTMLElement => {
    const element = h("span", { class: "soft" }, text(now));
    counting.push({ element, text });
    return element;
  };

  const renderAttention = (of: DatabaseView["attention"], now: number) => {
    const key = JSON.stringify(of);
    if (key === alerted) return;
    alerted = key;
    attention.replaceChildren();
    if (of) {
      attention.append(
        h("h2", {}, "Needs attention"),
        h("p", { class: "what" }, inOwnZone(of.what, now)),
        h("p", {}, h("strong", {}, "What to do: "), of.doThis),
        h("p", { class: "soft" }, "Since ", time(of.since, now), " · ", h("code", {}, of.code)),
      );
    }
    show(attention, of !== null);
  };

  const renderFacts = (of: DatabaseView, now: number) => {
    counting = [];
    const row = (name: string, ...values: (Node | string)[]) => h("div", {}, h("dt", {}, name), h("dd", {}, ...values));
    const ago = (iso: string) => counter((at) => `, for ${duration(-secondsUntil(iso, at))}`, now);
    const rows = [row("Since", time(of.since, now), ago(of.since))];
    if (of.reason) rows.push(row("Why", inOwnZone(of.reason, now)));
    if (of.phase === "awake") {
      if (of.sleepsAt)
        rows.push(
          row(
            of.mode === "watch" ? "Would sleep" : "Sleeps",
            time(of.sleepsAt, now),
            ", ",
            counter((at) => sleepCountdown(of, at) ?? "", now),
          ),
        );
      else rows.push(row("Sleeps", "not while this holds"));
    }
    if (of.hold) rows.push(row("Kept awake", "until ", time(of.hold.until, now), ` by ${of.hold.by}: ${of.hold.reason}`));
    if (of.leases.length > 0) {
      const items = of.leases.map((lease) => h("li", {}, `${lease.by}: ${lease.why}, until `, time(lease.expiresAt, now)));
      rows.push(row(of.leases.length === 1 ? "Work under way" : `Work under way (${of.leases.length})`, h("ul", {}, ...items)));
    }
    if (of.lastActivityAt) rows.push(row("Last used", time(of.lastActivityAt, now)));
    rows.push(row("RDS says", h("code", {}, of.rdsStatus)));
    const unseen = unverified(of);
    if (unseen !== null) rows.push(row("Not verified", unseen));
    if (of.lastBackupAt) rows.push(row("Last backup", time(of.lastBackupAt, now)));
    facts.replaceChildren(...rows);
  };

  const tick = (now: number) => {
    for (const { element, text } of counting) setText(element, text(now));
    if (view?.phase !== "waking") return;
    const { text, value } = wakeProgress(view, now);
    setText(part("progress-text", HTMLElement), text);
    if (value === null) bar.removeAttribute("value");
    else bar.value = value;
  };

  return {
    show(next, now) {
      view = next;
      const { mood: newMood, word: newWord, sentence } = headline(next);
      const held = restartPlace.contains(document.activeElement);
      setText(word, newWord);
      setText(part("sentence", HTMLElement), sentence);
      setText(part("database-id", HTMLElement), next.id);
      hero.setAttribute("data-mood", newMood);
      document.title = `${newWord} · Dormouse`;
      show(part("watch", HTMLElement), next.mode === "watch");
      show(progress, next.phase === "waking");
      show(restartPlace, next.mode === "manage" && (next.phase === "asleep" || next.phase === "falling-asleep"));
      setText(part("forecast", HTMLElement), wakeForecast(next) ?? "");
      setText(part("stage", HTMLElement), `${stage(next.rdsStatus)}`);
      // The button that was pressed is gone: keep the keyboard's place near what it brought about.
      if (held && restartPlace.hasAttribute("hidden")) word.focus();
      if (mood !== null && mood !== newMood) {
        setText(announce, `${newWord}. ${sentence}`);
        say(error, null);
      }
      mood = newMood;
      renderAttention(next.attention, now);
      const key = JSON.stringify([next, new Date(now).toDateString()]);
      if (key !== shown) renderFacts(next, now);
      shown = key;
      tick(now);
    },
    tick,
    complain: (sentence) => say(error, sentence),
  };
}
