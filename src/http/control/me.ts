/** `/me`: who the caller is to this application. It lies in DynamoDB and works while the database sleeps. */
import * as z from "zod/mini";
import { timeZoneNamed } from "../../finance/calendar.ts";
import { formatAmount } from "../../finance/money.ts";
import { changed, localeAccepted, localeNamed, newestRule, type ProfileStore, type StoredProfile } from "../../finance/profile.ts";
import { KINDS, type Kind } from "../../notifications/kinds.ts";
import type { ApiLogger, ApiRequest, Reply, Route } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import { amount, currency, decimal, decimalsFault, minorOf } from "../finance/fields.ts";
import { etag, ifMatch, requireVersion } from "../finance/version.ts";
import { idempotencyKeyOf, KEY_LIFE_MS, keyReused, REPLAYED, requestHash } from "../idempotency-key.ts";
import { problem, retryAfter } from "../problem.ts";
import { readableProfile } from "../readable-profile.ts";
import { parseBody, text } from "../validate.ts";

export interface MeDeps {
  profiles: ProfileStore;
  /** The verified e-mail of an access token's user, who is `sub`; null when there is none. May throw. */
  addressOf(token: string, sub: string): Promise<string | null>;
  now(): number;
  logger: ApiLogger;
}

const zoneAllowed = "must be a time zone of the IANA database such as Europe/Berlin";
const localeAllowed = "must be a language tag of BCP 47 such as de-AT";
const weekdayAllowed = "must be a whole number from 1 (Monday) to 7 (Sunday)";
const switchAllowed = "must be true or false";
const limitAllowed = "must be an amount with its currency, or null for none";
const emailRefused = "comes from your sign-in, where it was verified: it is changed there and not here";
const paydayAllowed = "must be a whole number from 1 to 31, or null for none";

/** Text that has a canonical form, and is handed on in it. */
const named = (allowed: string, canonical: (value: string) => string | null) =>
  z.pipe(
    text({ min: 1, max: 64 }).check(z.refine((value) => canonical(value) !== null, allowed)),
    z.transform((value: string) => canonical(value) ?? value),
  );

const switches = <T extends z.ZodMiniType>(one: T) => Object.fromEntries(KINDS.map((kind) => [kind, one])) as Record<Kind, T>;

/** Handed on with all decimals of its currency. */
const limit = z.pipe(
  z.strictObject({ amount, currency }, limitAllowed).check((payload) => {
    const fault = decimalsFault(payload.value.amount, payload.value.currency);
    if (fault !== null) payload.issues.push({ code: "custom", path: ["amount"], message: fault, input: payload.value.amount });
  }),
  z.transform((given) => ({ amount: formatAmount(minorOf(given.amount, given.currency), given.currency), currency: given.currency })),
);

/** The body of `PATCH /me`: what is left out stays, each kind of notification too. */
export const ChangedProfile = z.strictObject({
  name: z.optional(text({ max: 100 })),
  displayCurrency: z.optional(currency),
  timeZone: z.optional(named(zoneAllowed, timeZoneNamed)),
  locale: z.optional(named(localeAllowed, localeNamed)),
  firstWeekday: z.optional(z.int(weekdayAllowed).check(z.gte(1, weekdayAllowed), z.lte(7, weekdayAllowed))),
  payday: z.optional(z.nullable(z.int(paydayAllowed).check(z.gte(1, paydayAllowed), z.lte(31, paydayAllowed)))),
  notifications: z.optional(z.strictObject(switches(z.optional(z.boolean(switchAllowed))))),
  largeExpense: z.optional(z.nullable(limit)),
  weeklyReport: z.optional(z.boolean(switchAllowed)),
});

/** What both routes answer. */
export const profileShown = z.object({
  sub: z.string(),
  username: z.string(),
  email: z.nullable(z.string()),
  name: z.string(),
  displayCurrency: z.string(),
  timeZone: z.string(),
  locale: z.string(),
  /** As chosen last: from the next boundary on (see `src/finance/periods.ts`). */
  firstWeekday: z.int(),
  payday: z.nullable(z.int()),
  /** Of which kinds there are mails. */
  notifications: z.object(switches(z.boolean())),
  /** From how much on an expense in this currency is told of; null: none is. */
  largeExpense: z.nullable(z.object({ amount: decimal, currency: z.string() })),
  /** Whether a report of each week is made when it is over. */
  weeklyReport: z.boolean(),
  version: z.int(),
});

const DAY_MS = 86_400_000;
/** Rivals that change the same profile at once wait for each other this often. */
const ATTEMPTS = 5;
/** Answers that are kept for their keys. */
const KEPT_ANSWERS = 10;

export function meRoutes(deps: MeDeps): Route[] {
  return [
    { method: "GET", path: "/me", handler: (request) => get(deps, request) },
    { method: "PATCH", path: "/me", handler: (request) => patch(deps, request) },
  ];
}

/** What is kept; for somebody who never chose a language, the one that their browser asks for. */
async function profileOf({ profiles }: MeDeps, request: ApiRequest, { sub }: Caller): Promise<StoredProfile> {
  const profile = await readableProfile(profiles.read(sub));
  return profile.version > 0 ? profile : { ...profile, locale: localeAccepted(request.event.headers?.["accept-language"]) ?? profile.locale };
}

function shown(
  { sub, email, name, displayCurrency, locale, calendar, notifications, largeExpense, weeklyReport, version }: StoredProfile,
  { username }: Caller,
): Reply {
  const { firstWeekday, payday } = newestRule(calendar);
  const body: z.output<typeof profileShown> = {
    sub,
    username,
    email,
    name,
    displayCurrency,
    timeZone: calendar.timeZone,
    locale,
    firstWeekday,
    payday,
    notifications,
    largeExpense,
    weeklyReport,
    version,
  };
  return { status: 200, body, headers: etag(version) };
}

/** The e-mail of a day ago or never, asked for again. Whatever fails, the request goes on with the one that is kept. */
async function withEmail(deps: MeDeps, request: ApiRequest, profile: StoredProfile): Promise<StoredProfile> {
  const at = deps.now();
  if (profile.email !== null && profile.emailAt !== null && at - profile.emailAt < DAY_MS) return profile;
  const token = /^Bearer\s+(\S+)\s*$/i.exec(request.event.headers?.authorization ?? "")?.[1];
  if (token === undefined) return profile;
  try {
    const email = await deps.addressOf(token, profile.sub);
    if (email === null) return profile;
    await deps.profiles.keepEmail(profile.sub, email, at);
    return { ...profile, email, emailAt: at };
  } catch (error) {
    deps.logger.info("the e-mail could not be looked up", { error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown" });
    return profile;
  }
}

async function get(deps: MeDeps, request: ApiRequest): Promise<Reply> {
  const caller = callerOf(request.event);
  return shown(await withEmail(deps, request, await profileOf(deps, request, caller)), caller);
}

/** The answer of a change that was made under this key already; null: it was not. Throws the problem `idempotency-key-reused` (422). */
function answeredBefore({ answers }: StoredProfile, key: string | null, hash: string, now: number): Reply | null {
  const found = answers.find((answer) => answer.key === key && now - answer.at < KEY_LIFE_MS);
  if (found === undefined) return null;
  if (found.hash !== hash) throw keyReused();
  return { status: 200, body: found.body, headers: { ...etag(found.version), "content-type": "application/json", [REPLAYED]: "true" } };
}

/** The profile in its next version; under a key, together with what is answered to it. */
function nextVersion(next: StoredProfile, key: string | null, hash: string, now: number, caller: Caller): StoredProfile {
  const written = { ...next, version: next.version + 1 };
  if (key === null) return written;
  const { version } = written;
  const answer = { key, hash, at: now, version, body: JSON.stringify(shown(written, caller).body) };
  return { ...written, answers: [...next.answers.filter((kept) => kept.key !== key && now - kept.at < KEY_LIFE_MS), answer].slice(-KEPT_ANSWERS) };
}

async function patch(deps: MeDeps, request: ApiRequest): Promise<Reply> {
  const caller = callerOf(request.event);
  const expected = ifMatch(request);
  const key = idempotencyKeyOf(request);
  const hash = requestHash(request).toString("hex");
  const { body } = request;
  if (typeof body === "object" && body !== null && Object.hasOwn(body, "email"))
    throw problem("bad-fields", `/email ${emailRefused}.`, { errors: [{ pointer: "/email", detail: emailRefused }] });
  const wanted = parseBody(ChangedProfile, body);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const profile = await profileOf(deps, request, caller);
    const now = deps.now();
    const before = answeredBefore(profile, key, hash, now);
    if (before !== null) return before;
    requireVersion(expected, profile.version);
    const next = changed(profile, wanted, now);
    if (next === profile && key === null) return shown(profile, caller);
    const written = nextVersion(next, key, hash, now, caller);
    if (await readableProfile(deps.profiles.replace(written))) return shown(written, caller);
  }
  throw problem("conflict", "Your profile is being changed from elsewhere at the same time.", { headers: retryAfter(1) });
}
