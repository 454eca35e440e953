/** What one entered, as a file: asked for, and got for as long as it is kept. It is there while the database sleeps. */
import type { Api } from "../api.ts";
import { busy, h, part, say, time } from "../dom.ts";
import { pageOf } from "../finance/types.ts";
import { problemOf } from "../problem.ts";
import { isRecord } from "../types.ts";
import { type Export, isExport, isOpen } from "./types.ts";
import { isUpload, refused, send } from "./upload.ts";
import { exportWords, isKept } from "./words.ts";

export interface ExportsView {
  /** Reads the newest. Throws ApiError. */
  load(): Promise<void>;
  /** One of them is being made. */
  open(): boolean;
}

const SHOWN = 3;

export interface ExportsDeps {
  api: Api;
  fetch: typeof fetch;
  now(): number;
  /** Called after something was asked for that wakes the database. */
  asked(): Promise<void>;
  /** Follows a link to a file. */
  go(url: string): void;
}

export function exportsView({ api, fetch, now, asked, go }: ExportsDeps): ExportsView {
  const list = part("exports-list", HTMLElement);
  const form = part("exports-form", HTMLFormElement);
  const format = part("exports-format", HTMLSelectElement);
  const ask = part("exports-ask", HTMLButtonElement);
  const error = part("exports-error", HTMLElement);
  let items: Export[] = [];
  let drawn = "";

  const get = (id: string, button: HTMLButtonElement) =>
    busy(button, async () => {
      say(error, null);
      try {
        // Another one each time: a link lives for minutes.
        const link = await api("GET", `/exports/${id}/download`);
        if (!isRecord(link) || typeof link.url !== "string") throw new Error("The API answered something that this page does not know. Reload the page.");
        go(link.url);
      } catch (failure) {
        say(error, problemOf(failure).detail);
      }
    });
  const row = (one: Export): HTMLLIElement => {
    const button = isKept(one, now()) ? h("button", { type: "button", class: "quiet" }, `Download ${one.file?.fileName ?? ""}`) : null;
    button?.addEventListener("click", () => void get(one.id, button));
    return h(
      "li",
      {},
      h("p", { class: "row" }, h("strong", {}, exportWords(one, now())), h("span", { class: "soft" }, time(one.createdAt, now()))),
      button === null ? null : h("p", { class: "actions" }, button),
    );
  };
  const draw = () => {
    const text = JSON.stringify(items.map((one) => [one, isKept(one, now())]));
    if (text === drawn) return;
    drawn = text;
    list.replaceChildren(...items.map(row));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(ask, async () => {
      say(error, null);
      try {
        // Without a key: the same one asked for again while it is made is the same one.
        const made = await api("POST", "/exports", { body: { format: format.value } });
        if (isExport(made)) items = [made, ...items.filter(({ id }) => id !== made.id)].slice(0, SHOWN);
        draw();
      } catch (failure) {
        say(error, problemOf(failure).detail);
      }
      await asked();
    });
  });

  const back = part("restore-form", HTMLFormElement);
  const file = part("restore-file", HTMLInputElement);
  const bring = part("restore-ask", HTMLButtonElement);
  const restore = async (chosen: File) => {
    const made = await api("POST", "/me/restore");
    if (!isRecord(made) || !isUpload(made.upload)) throw refused("The API answered something that this page does not know. Reload the page.");
    await send(fetch, made.upload, chosen);
    // How far it is stands among the work.
    await api("POST", `/me/restore/${made.id}`);
    back.reset();
  };
  back.addEventListener("submit", (event) => {
    event.preventDefault();
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return say(error, "Choose the file of everything that was made here, or where you were before.");
    void busy(bring, async () => {
      say(error, null);
      await restore(chosen).catch((failure: unknown) => say(error, problemOf(failure).detail));
      await asked();
    });
  });
  return {
    async load() {
      items = pageOf(await api("GET", `/exports?limit=${SHOWN}`, { background: true }), isExport).items;
      draw();
    },
    open: () => items.some(isOpen),
  };
}
