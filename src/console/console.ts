/** The console page: wires sign-in, the API, the poll and the views. It decides nothing; what the database does is decided elsewhere. */
import { createApi } from "./api.ts";
import { createSession } from "./auth.ts";
import { deskView } from "./desk/desk-view.ts";
import { busy, part, say, show } from "./dom.ts";
import { financeView } from "./finance/finance-view.ts";
import { historyView } from "./history-view.ts";
import { createLedger } from "./ledger.ts";
import { operatorView } from "./operator-view.ts";
import { startPoll } from "./poll.ts";
import { problemOf } from "./problem.ts";
import { isSavings, showSavings } from "./saving-view.ts";
import { statusView } from "./status-view.ts";
import { serverClock } from "./time.ts";
import { timelineView } from "./timeline-view.ts";
import type { DatabaseView, Settings } from "./types.ts";
import { isDatabaseView, isRecord } from "./types.ts";
import { aboutToSleep, unsettled } from "./words.ts";
import { createWrites } from "./writes.ts";

const fast = 2_000;
const slow = 15_000;
const week = 7 * 86_400_000;

function readSettings(): Settings {
  const value: unknown = JSON.parse(part("settings", HTMLScriptElement).textContent ?? "");
  if (!isRecord(value) || typeof value.authUrl !== "string" || typeof value.clientId !== "string") throw new Error("The page came without its settings.");
  return { authUrl: value.authUrl, clientId: value.clientId, part: value.part === "lifecycle" ? "lifecycle" : "all" };
}

const settings = readSettings();
const clock = serverClock(() => Date.now());
const session = createSession({
  authUrl: settings.authUrl,
  clientId: settings.clientId,
  redirectUri: `${location.origin}/`,
  storage: sessionStorage,
  fetch: (...call) => fetch(...call),
  go: (url) => location.assign(url),
});

const signInError = part("sign-in-error", HTMLElement);
const connection = part("connection", HTMLElement);
const signIn = part("sign-in", HTMLButtonElement);

function showSignIn(sentence: string | null): void {
  poll.stop();
  desk?.stop();
  session.forget();
  show(part("signed-in", HTMLElement), false);
  show(part("who", HTMLElement), false);
  show(part("signed-out", HTMLElement), true);
  say(signInError, sentence);
  document.title = "Dormouse";
}

const api = createApi({
  base: "",
  token: session.token,
  refresh: session.refresh,
  signedOut: () => showSignIn("Your sign-in has ended. Please sign in again."),
  heard: clock.heard,
  fetch: (...call) => fetch(...call),
});

const ledger = createLedger(api);
let view: DatabaseView | null = null;
let decided = "";
let savingsAt = 0;
let misses = 0;
/** After something was asked for, its effect is looked for often until then, although the phase has not moved yet. */
let hurryUntil = 0;

const status = statusView();
const history = historyView(ledger, async (count) => {
  const error = part("history-error", HTMLElement);
  say(error, null);
  await ledger.back(() => ledger.items().length >= count, false).catch((failure) => say(error, problemOf(failure).detail));
});
const reach = (from: number) =>
  ledger
    .back(() => Date.parse(ledger.items().at(-1)?.at ?? "") <= from, true)
    .catch(() => {
      // The picture then says for which time nothing is recorded.
    });
const timeline = timelineView(ledger, reach);
const operators = operatorView(api, clock.now, () => hurry());
const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const write = createWrites(api, { newKey: () => crypto.randomUUID(), wait });
const finance = settings.part === "all" ? financeView({ api, write, now: clock.now, wait, used: () => poll.now() }) : null;
show(part("finance", HTMLElement), finance !== null);

/** History and savings change only when something was decided (or a quarter of an hour has passed). */
async function loadMore(of: DatabaseView): Promise<void> {
  const key = JSON.stringify([of.phase, of.since, of.code, of.reason, of.attention?.code]);
  if (key !== decided) {
    await ledger.refresh();
    await reach(clock.now() - week / 7);
    history.show(clock.now());
  }
  if (key !== decided || clock.now() - savingsAt > 900_000) {
    const savings = await api("GET", "/database/savings", { background: true });
    if (isSavings(savings)) showSavings(savings, clock.now());
    savingsAt = clock.now();
  }
  decided = key;
}

async function look(): Promise<number> {
  try {
    const body = await api("GET", "/database", { background: true });
    if (!isDatabaseView(body)) throw new Error("The API answered something that this page does not know. Reload the page.");
    view = body;
    misses = 0;
    say(connection, null);
    status.show(view, clock.now());
    operators.show(view, session.who()?.operator ?? false);
    finance?.show(view);
    await loadMore(view).catch(() => {
      // Shown as it was; asked for again at the next look, since `decided` did not move.
    });
    timeline.show(view, clock.now());
    return unsettled(view) || aboutToSleep(view, clock.now()) || clock.now() < hurryUntil ? fast : slow;
  } catch (error) {
    misses += 1;
    const known = view ? " What you see below may be out of date." : "";
    say(connection, `${problemOf(error).detail}${known}`);
    return Math.min(60_000, fast * 2 ** misses);
  }
}

const hurry = (): Promise<void> => {
  hurryUntil = clock.now() + 30_000;
  return poll.now();
};
const seen = () => document.visibilityState === "visible";
const poll = startPoll(look, seen);
const desk = settings.part === "all" ? deskView({ api, write, now: clock.now, seen, asked: hurry, left: session.signOut }) : null;

async function wake(): Promise<void> {
  status.complain(null);
  try {
    await api("POST", "/database/start");
  } catch (error) {
    status.complain(problemOf(error).detail);
  }
  await hurry();
}

for (const id of ["restart", "restart-expenses"]) {
  const button = part(id, HTMLButtonElement);
  button.addEventListener("click", () => void busy(button, wake));
}
signIn.addEventListener("click", () => {
  void busy(signIn, () => session.begin().catch((error) => say(signInError, problemOf(error).detail)));
});
part("sign-out", HTMLButtonElement).addEventListener("click", () => session.signOut());

function enter(): void {
  const who = session.who();
  part("who-name", HTMLElement).textContent = who?.name ?? "";
  show(part("who-operator", HTMLElement), who?.operator ?? false);
  show(part("who", HTMLElement), true);
  show(part("signed-in", HTMLElement), true);
  document.addEventListener("visibilitychange", () => {
    if (!seen()) return;
    void poll.now();
    void desk?.now();
  });
  setInterval(() => {
    if (seen()) status.tick(clock.now());
  }, 1_000);
  void poll.now();
  void desk?.now();
}

try {
  await session.finish(new URL(location.href));
  if (session.token()) enter();
  else showSignIn(null);
} catch (error) {
  showSignIn(problemOf(error).detail);
}
// The code has been used: a reload or a bookmark must not carry it on.
if (location.search) window.history.replaceState(null, "", location.pathname);
