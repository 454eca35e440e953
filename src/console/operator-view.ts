/** What operators may do: keep it awake, put it to sleep. */
import type { Api } from "./api.ts";
import { busy, part, say, show } from "./dom.ts";
import { clearFields, showFields } from "./fields.ts";
import { problemOf } from "./problem.ts";
import { localMinute } from "./time.ts";
import type { DatabaseView } from "./types.ts";

export interface OperatorView {
  show(view: DatabaseView, operator: boolean): void;
}

const inputs = { until: "hold-until", reason: "hold-reason" };

/** `done` is called after each action, whatever it answered: only a look tells what it did. */
export function operatorView(api: Api, now: () => number, done: () => Promise<void>): OperatorView {
  const form = part("hold-form", HTMLFormElement);
  const until = part("hold-until", HTMLInputElement);
  const reason = part("hold-reason", HTMLInputElement);
  const release = part("hold-release", HTMLButtonElement);
  const sleep = part("sleep", HTMLButtonElement);
  const force = part("force", HTMLButtonElement);
  const holdError = part("hold-error", HTMLElement);
  const sleepError = part("sleep-error", HTMLElement);
  const forcePlace = part("force-place", HTMLElement);
  let phase = "";
  until.value = localMinute(now() + 2 * 3_600_000);

  const act = async (place: HTMLElement, work: () => Promise<unknown>): Promise<boolean> => {
    say(place, null);
    try {
      await work();
      return true;
    } catch (error) {
      const problem = problemOf(error);
      const rest = Object.keys(problem.fields).length > 0 ? showFields(inputs, problem.fields) : problem.list;
      const unsaid = rest.filter((line) => !problem.detail.includes(line));
      say(place, problem.detail, unsaid);
      // Only what stands in the way can be overridden; a 409 without a list has another cause.
      show(forcePlace, place === sleepError && problem.status === 409 && problem.list.length > 0);
      return false;
    } finally {
      await done();
    }
  };

  const submit = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!submit) return;
    clearFields(inputs);
    const at = Date.parse(until.value);
    const wrong: Record<string, string> = {};
    if (Number.isNaN(at) || at <= now()) wrong.until = "Choose a time that is still to come.";
    if (reason.value.trim() === "") wrong.reason = "Say why, so that others know.";
    if (Object.keys(wrong).length > 0) {
      showFields(inputs, wrong);
      return;
    }
    void busy(submit, async () => {
      if (await act(holdError, () => api("PUT", "/database/hold", { body: { until: new Date(at).toISOString(), reason: reason.value.trim() } })))
        reason.value = "";
    });
  });
  release.addEventListener("click", () => {
    void busy(release, async () => {
      await act(holdError, () => api("DELETE", "/database/hold"));
      if (release.hasAttribute("hidden")) until.focus();
    });
  });
  const stop = (body: { force?: true }) => act(sleepError, () => api("POST", "/database/stop", { body }));
  sleep.addEventListener("click", () => {
    show(forcePlace, false);
    void busy(sleep, async () => void (await stop({})));
  });
  force.addEventListener("click", () => {
    void busy(force, async () => {
      if (await stop({ force: true })) show(forcePlace, false);
    });
  });

  return {
    show(view, operator) {
      show(part("operators", HTMLElement), operator);
      show(part("operators-watch", HTMLElement), view.mode === "watch");
      show(part("operators-actions", HTMLElement), view.mode === "manage");
      show(release, view.hold !== null);
      show(part("sleep-place", HTMLElement), view.phase === "awake");
      if (phase !== view.phase) {
        say(sleepError, null);
        show(forcePlace, false);
      }
      phase = view.phase;
    },
  };
}
