/** What works while the database sleeps: notifications, mails, and work that nobody waits for. Each shows itself once its route has answered. */
import type { Api } from "../api.ts";
import { part, show } from "../dom.ts";
import { type Poll, startPoll } from "../poll.ts";
import { problemOf } from "../problem.ts";
import type { Write } from "../writes.ts";
import { choicesView } from "./choices-view.ts";
import { exportsView } from "./exports-view.ts";
import { importsView } from "./imports-view.ts";
import { jobsView } from "./jobs-view.ts";
import { leavingView } from "./leaving-view.ts";
import { mailView } from "./mail-view.ts";
import { newsView } from "./news-view.ts";

export interface DeskDeps {
  api: Api;
  write: Write;
  now(): number;
  /** Whether anybody sees the page. */
  seen(): boolean;
  /** Called after something was asked for that wakes the database. */
  asked(): Promise<void>;
  /** Called when the account is being deleted. */
  left(): void;
}

/** While something is at work, and else; in ms. */
const FAST = 3_000;
const SLOW = 60_000;

interface Part {
  place: HTMLElement;
  load(): Promise<void>;
  /** Its route is not there: it isn't asked for again. */
  missing: boolean;
}

/** What is shown stays as it was when it can't be read. */
async function read(part: Part): Promise<void> {
  if (part.missing) return;
  try {
    await part.load();
    show(part.place, true);
  } catch (failure) {
    part.missing = problemOf(failure).status === 404;
  }
}

/** Looks by itself from the first `now()` on, in the background: it keeps nothing awake. */
export function deskView({ api, write, now, seen, asked, left }: DeskDeps): Poll {
  const wanted = async () => {
    await asked();
    await poll.now();
  };
  const jobs = jobsView(api, write, now, wanted);
  const imports = importsView({ api, write, fetch: (input, init) => fetch(input, init), now, asked: wanted });
  const exports = exportsView({ api, fetch: (input, init) => fetch(input, init), now, asked: wanted, go: (url) => location.assign(url) });
  const placed = (id: string, load: () => Promise<void>): Part => ({ place: part(id, HTMLElement), load, missing: false });
  const work = placed("work", jobs.load);
  const others = [
    placed("tidings", newsView(api, write, now).load),
    placed("mail", mailView(api, write).load),
    placed("choices", choicesView(api, write).load),
    placed("imports", imports.load),
    placed("exports", exports.load),
  ];
  leavingView(api, left);
  const all = [work, ...others];
  let readAt = Number.NEGATIVE_INFINITY;
  // A quick job is over before it was seen among the others: what it was for still says that it is under way.
  const open = () => jobs.open() || imports.open() || exports.open();

  const look = async () => {
    const wasOpen = open();
    await read(work);
    // A job that has ended may have told of it.
    if (now() - readAt >= SLOW || (wasOpen && !jobs.open())) {
      readAt = now();
      await Promise.all(others.map(read));
    }
    const there = all.some(({ place }) => !place.hasAttribute("hidden"));
    show(part("desk", HTMLElement), there);
    return open() ? FAST : SLOW;
  };
  const poll = startPoll(look, seen);
  return poll;
}
