/**
 * `<dormouse-button api="https://…">`: shows the phase of the database and wakes it when pressed. It never wakes it by itself.
 * Documented in docs/button.md. Its style is a constructed sheet, so a host page's Content-Security-Policy needs no style source for it.
 */
import { type Api, createApi } from "./api.ts";
import { h, setText } from "./dom.ts";
import { type Poll, startPoll } from "./poll.ts";
import { type Problem, problemOf } from "./problem.ts";
import { serverClock } from "./time.ts";
import { type DatabaseView, isDatabaseView } from "./types.ts";
import { headline, unsettled, wakeForecast, wakeProgress } from "./words.ts";

const fast = 2_000;
const slow = 15_000;

const css = `:host{display:inline-grid;gap:.35em;font:inherit;max-width:100%}:host([hidden]){display:none}
button{font:inherit;font-weight:600;min-height:2.75em;padding:.4em 1.1em;border:1px solid transparent;border-radius:.7em;background:#884a12;color:#fffaf2;cursor:pointer}
button:hover{background:#6f3a0b}button:focus-visible{outline:3px solid #7d430f;outline-offset:2px}
button[aria-disabled=true]{opacity:.65;cursor:default}progress{width:100%;accent-color:#b86a12}p{margin:0}[hidden]{display:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}:host{position:relative}
@media(prefers-color-scheme:dark){button{background:#f0b45c;color:#25180a}button:hover{background:#ffcb80}button:focus-visible{outline-color:#f3c27c}}`;

export type GetToken = () => string | Promise<string>;

/** `detail` of `dormouse-phase` and `dormouse-awake`. */
export interface PhaseDetail {
  phase: DatabaseView["phase"];
  serving: boolean;
  since: string;
  estimate: DatabaseView["estimate"];
}

/** `detail` of `dormouse-error`. */
export type ErrorDetail = Pick<Problem, "status" | "title" | "detail" | "retryAfterSeconds">;

export class DormouseButton extends HTMLElement {
  static readonly observedAttributes = ["api", "label"];
  #getToken: GetToken | null = null;
  #token: string | null = null;
  #view: DatabaseView | null = null;
  #poll: Poll | null = null;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #clock = serverClock(() => Date.now());
  /** No press before this: the API asked for patience. */
  #patienceUntil = 0;
  #retryAfter: number | null = null;
  #pressing = false;
  readonly #button = h("button", { type: "button", part: "button" });
  readonly #status = h("p", { part: "status" });
  readonly #progress = h("progress", { part: "progress", max: 1, hidden: true, "aria-label": "Waking" });
  readonly #live = h("p", { class: "unseen", role: "status" });

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#button, this.#progress, this.#status, this.#live);
    this.#button.addEventListener("click", () => void this.#press());
  }

  /** Gives the bearer token for each call; without it nothing is asked of the API. */
  get getToken(): GetToken | null {
    return this.#getToken;
  }
  set getToken(value: GetToken | null) {
    this.#getToken = value;
    this.#restart();
  }

  /** The phase last seen; null before the first look. */
  get phase(): DatabaseView["phase"] | null {
    return this.#view?.phase ?? null;
  }

  connectedCallback(): void {
    // A page may set the property before this class is defined; it then hides the accessor.
    if (Object.hasOwn(this, "getToken")) {
      const value: unknown = Reflect.get(this, "getToken");
      Reflect.deleteProperty(this, "getToken");
      this.#getToken = typeof value === "function" ? (value as GetToken) : null;
    }
    document.addEventListener("visibilitychange", this.#seen);
    this.#ticker = setInterval(() => this.#tick(), 1_000);
    this.#restart();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    clearInterval(this.#ticker);
    this.#poll?.stop();
    this.#poll = null;
  }

  attributeChangedCallback(name: string): void {
    if (name === "api") this.#restart();
    else this.#render();
  }

  readonly #seen = (): void => {
    if (document.visibilityState === "visible") void this.#poll?.now();
  };

  #restart(): void {
    this.#poll?.stop();
    this.#poll = null;
    this.#view = null;
    this.#render();
    if (!this.isConnected || !this.#getToken || !this.getAttribute("api")) return;
    const poll = startPoll(
      () => this.#look(() => this.#poll === poll),
      () => document.visibilityState === "visible",
    );
    this.#poll = poll;
    void poll.now();
  }

  /** The token may be renewed by the page at each call, so it is asked for each time; a 401 asks once more. */
  async #call(...[method, path, options]: Parameters<Api>): Promise<unknown> {
    const renew = async () => {
      const before = this.#token;
      this.#token = (await this.#getToken?.()) ?? null;
      return this.#token !== before;
    };
    const api = createApi({
      base: (this.getAttribute("api") ?? "").replace(/\/$/, ""),
      token: () => this.#token,
      refresh: renew,
      signedOut: () => {},
      heard: this.#clock.heard,
      fetch: async (address, init) => {
        const answer = await fetch(address, init);
        const seconds = Number(answer.headers.get("retry-after") ?? "x");
        this.#retryAfter = Number.isFinite(seconds) ? seconds : null;
        return answer;
      },
    });
    await renew();
    return api(method, path, options);
  }

  async #look(current: () => boolean): Promise<number> {
    try {
      const view = await this.#call("GET", "/database", { background: true });
      if (!current()) return slow;
      if (!isDatabaseView(view)) throw new Error("The API answered something that this button does not know.");
      this.#show(view);
      const pace = unsettled(view) ? fast : slow;
      return Math.max(pace, (this.#retryAfter ?? 0) * 1000);
    } catch (error) {
      if (!current()) return slow;
      this.#fail(error);
      return Math.max(slow, (this.#retryAfter ?? 0) * 1000);
    }
  }

  async #press(): Promise<void> {
    if (this.#button.getAttribute("aria-disabled") === "true" || !this.#poll) return;
    this.#pressing = true;
    this.#render();
    let accepted = false;
    try {
      await this.#call("POST", "/database/start");
      accepted = true;
    } catch (error) {
      this.#patienceUntil = this.#clock.now() + (this.#retryAfter ?? 0) * 1000;
      this.#fail(error);
    } finally {
      this.#pressing = false;
      this.#render();
    }
    // A 202's Retry-After says when the database is expected; the phase is looked at before that, so that the press and the countdown show.
    if (accepted) await this.#poll?.now();
  }

  #show(view: DatabaseView): void {
    const before = this.#view;
    this.#view = view;
    this.#render();
    const detail: PhaseDetail = { phase: view.phase, serving: view.serving, since: view.since, estimate: view.estimate };
    if (before?.phase !== view.phase || before.serving !== view.serving) {
      this.#tell("dormouse-phase", detail);
      // Once, and not for the first look: nobody waited for that.
      if (before) setText(this.#live, headline(view).word);
    }
    if (before && !before.serving && view.serving) this.#tell("dormouse-awake", detail);
  }

  #fail(error: unknown): void {
    const { status, title, detail, retryAfterSeconds } = problemOf(error);
    setText(this.#status, detail);
    this.#tell("dormouse-error", { status, title, detail, retryAfterSeconds } satisfies ErrorDetail);
  }

  #tell(name: string, detail: PhaseDetail | ErrorDetail): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #render(): void {
    const view = this.#view;
    const label = this.getAttribute("label") ?? "Restart database";
    const pressable = view !== null && view.mode === "manage" && (view.phase === "asleep" || view.phase === "falling-asleep");
    const patient = this.#clock.now() < this.#patienceUntil;
    if (pressable && !patient && !this.#pressing) this.#button.removeAttribute("aria-disabled");
    else this.#button.setAttribute("aria-disabled", "true");
    setText(this.#button, view === null || pressable ? label : `Database: ${headline(view).word.toLowerCase()}`);
    this.#progress.toggleAttribute("hidden", view?.phase !== "waking");
    if (view) this.setAttribute("phase", view.phase);
    else this.removeAttribute("phase");
    this.#tick();
    if (view && view.phase !== "waking" && !patient) {
      const watching = view.mode === "watch" ? " Dormouse only watches it." : "";
      setText(this.#status, view.attention?.what ?? (pressable ? `${headline(view).word}. ${wakeForecast(view) ?? ""}` : watching).trim());
    }
  }

  #tick(): void {
    const now = this.#clock.now();
    if (this.#patienceUntil > 0 && now >= this.#patienceUntil) {
      this.#patienceUntil = 0;
      this.#render();
    }
    if (this.#view?.phase !== "waking") return;
    const { text, value } = wakeProgress(this.#view, now);
    setText(this.#status, text);
    if (value === null) this.#progress.removeAttribute("value");
    else this.#progress.value = value;
  }
}

if (!customElements.get("dormouse-button")) customElements.define("dormouse-button", DormouseButton);
