/** Deletes the account with everything in it, once what that does was typed. */
import type { Api } from "../api.ts";
import { busy, part, say } from "../dom.ts";
import { problemOf } from "../problem.ts";

const WORDS = "delete everything";

/** `left` is called when it is under way: the token is worth nothing any more. */
export function leavingView(api: Api, left: () => void): void {
  const form = part("leaving-form", HTMLFormElement);
  const words = part("leaving-words", HTMLInputElement);
  const ask = part("leaving-ask", HTMLButtonElement);
  const error = part("leaving-error", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(ask, async () => {
      say(error, null);
      if (words.value.trim().toLowerCase() !== WORDS) {
        say(error, `Type “${WORDS}” first. Nothing was deleted.`);
        words.focus();
        return;
      }
      try {
        await api("DELETE", "/me");
        left();
      } catch (failure) {
        say(error, problemOf(failure).detail);
      }
    });
  });
}
