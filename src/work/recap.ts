/** Work of the kind `recap`: the weekly recap, asked for at any time and made when the database is awake. */
import { readRecap } from "../database/recap.ts";
import type { WhileServing } from "../database/while-serving.ts";
import { isDay } from "../finance/day.ts";
import { todayIn } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { Hopeless, type Kind } from "../jobs/ports.ts";

export interface RecapDeps {
  database: WhileServing;
  profiles: { read(sub: string): Promise<Profile> };
  now(): number;
}

/** Reads and writes nothing but its result, so that it may be done twice. */
export function recapKind({ database, profiles, now }: RecapDeps): Kind {
  return async ({ job }) => {
    if (job.userId === null) throw new Hopeless("a recap is somebody's: this one names no user");
    const { on } = job.parameters;
    if (on !== undefined && !(typeof on === "string" && isDay(on))) throw new Hopeless("the day that it asks for is none");
    const sub = job.userId;
    const { calendar, displayCurrency, locale } = await profiles.read(sub);
    const today = todayIn(calendar.timeZone, now());
    const result = await database.asUser(sub, (tx) => readRecap(tx, { sub, calendar, today, on, reader: { currency: displayCurrency, locale } }));
    return { result };
  };
}
