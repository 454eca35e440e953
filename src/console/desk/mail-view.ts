/** Whether mails go out, and where to. The address is that of the sign-in; it is confirmed by a mail. */
import type { Api } from "../api.ts";
import { busy, part, say, setText, show } from "../dom.ts";
import { problemOf } from "../problem.ts";
import type { Write } from "../writes.ts";
import { isSubscription } from "./types.ts";
import { subscriptionWords } from "./words.ts";

export interface MailView {
  /** Reads how it stands. Throws ApiError. */
  load(): Promise<void>;
}

const PATH = "/notifications/subscription";

export function mailView(api: Api, write: Write): MailView {
  const words = part("mail-words", HTMLElement);
  const ask = part("mail-ask", HTMLButtonElement);
  const stop = part("mail-stop", HTMLButtonElement);
  const error = part("mail-error", HTMLElement);

  const load = async () => {
    const body = await api("GET", PATH, { background: true });
    if (!isSubscription(body)) throw new Error("The API answered a subscription that this page does not know. Reload the page.");
    const said = subscriptionWords(body);
    setText(words, said.sentence);
    for (const [button, text] of [
      [ask, said.ask],
      [stop, said.stop],
    ] as const) {
      show(button, text !== null);
      if (text !== null) setText(button, text);
    }
  };
  const press = (button: HTMLButtonElement, method: "POST" | "DELETE") =>
    button.addEventListener("click", () => {
      void busy(button, async () => {
        say(error, null);
        try {
          await write(method, PATH, method === "POST" ? {} : undefined);
        } catch (failure) {
          say(error, problemOf(failure).detail);
        }
        await load().catch(() => {});
        // The button that was pressed may have gone with what it was for.
        if (button.hasAttribute("hidden")) words.focus();
      });
    });
  press(ask, "POST");
  press(stop, "DELETE");
  return { load };
}
