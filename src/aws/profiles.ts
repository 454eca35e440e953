/** Profiles in DynamoDB, one item for each user: shared by control, which writes them, and data, which reads them. */
import { isDeepStrictEqual } from "node:util";
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { CalendarChange } from "../finance/calendar.ts";
import { isDay } from "../finance/day.ts";
import { exponentOf } from "../finance/money.ts";
import { type AmountOf, defaultProfile, type KeptAnswer, type ProfileStore, type StoredProfile, UnknownProfile } from "../finance/profile.ts";
import { defaultPreferences, KINDS, type Preferences } from "../notifications/kinds.ts";
import { taken } from "./conditional.ts";

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isChange = (value: unknown): value is CalendarChange => {
  const { from, firstWeekday, payday } = (value ?? {}) as Record<string, unknown>;
  return isText(from) && isDay(from) && isNumber(firstWeekday) && (payday === null || isNumber(payday));
};
const isAnswer = (value: unknown): value is KeptAnswer => {
  const { key, hash, at, version, body } = (value ?? {}) as Record<string, unknown>;
  return [key, hash, body].every(isText) && [at, version].every(isNumber);
};
const areAnswers = (value: unknown): value is KeptAnswer[] => Array.isArray(value) && value.every(isAnswer);
const areChanges = (value: unknown): value is CalendarChange[] => Array.isArray(value) && value.length > 0 && value.every(isChange);

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isSwitch = (value: unknown): value is boolean => typeof value === "boolean";
const isSwitches = (value: unknown): value is Record<string, boolean> => isMap(value) && Object.values(value).every((each) => typeof each === "boolean");
const isAmountOrNull = (value: unknown): value is AmountOf | null =>
  value === null || (isMap(value) && isText(value.amount) && isText(value.currency) && exponentOf(value.currency) !== null);

/** A kind that came later has its first value. */
const preferences = (stored: Record<string, boolean>): Preferences =>
  Object.fromEntries(KINDS.map((kind) => [kind, stored[kind] ?? defaultPreferences[kind]])) as Preferences;

/** Attributes that are missing have their first value: an e-mail may be kept before anything was changed. Throws `UnknownProfile`. */
function parseProfile(item: Record<string, unknown>): StoredProfile {
  const take = <T>(name: string, is: (value: unknown) => value is T, first: T): T => {
    const value = item[name];
    if (value === undefined) return first;
    if (!is(value)) throw new UnknownProfile(item.v);
    return value;
  };
  if (item.v !== 1 || !isText(item.sub)) throw new UnknownProfile(item.v);
  const first = defaultProfile(item.sub);
  return {
    sub: item.sub,
    name: take("name", isText, first.name),
    email: take<string | null>("email", isText, null),
    displayCurrency: take("displayCurrency", isText, first.displayCurrency),
    locale: take("locale", isText, first.locale),
    calendar: { timeZone: take("timeZone", isText, first.calendar.timeZone), changes: take("changes", areChanges, [...first.calendar.changes]) },
    notifications: preferences(take("notifications", isSwitches, {})),
    largeExpense: take("largeExpense", isAmountOrNull, null),
    weeklyReport: take("weeklyReport", isSwitch, first.weeklyReport),
    version: take("version", isNumber, first.version),
    emailAt: take<number | null>("emailAt", isNumber, null),
    answers: take("answers", areAnswers, []),
  };
}

/** What its user chose, as attributes; the e-mail is kept by a write of its own. */
const chosen = ({
  name,
  displayCurrency,
  locale,
  calendar: { timeZone, changes },
  notifications,
  largeExpense,
  weeklyReport,
  version,
  answers,
}: StoredProfile) => ({
  name,
  displayCurrency,
  locale,
  timeZone,
  changes,
  notifications,
  largeExpense,
  weeklyReport,
  version,
  answers,
});

/** An item of another version is never written into. */
const READABLE = "(attribute_not_exists(#v) OR #v = :v)";

export function profiles({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): ProfileStore {
  const read = async (sub: string): Promise<StoredProfile> => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: { sub: { S: sub } }, ConsistentRead: true }));
    return Item === undefined ? defaultProfile(sub) : parseProfile(unmarshall(Item));
  };
  /** false: refused by its condition. */
  const update = async (sub: string, set: Record<string, unknown>, condition: string, values: Record<string, unknown> = {}): Promise<boolean> => {
    const names = Object.keys({ v: 1, ...set });
    return taken(
      dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { sub: { S: sub } },
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
          ConditionExpression: `${READABLE} AND ${condition}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: marshall(Object.fromEntries(Object.entries({ v: 1, ...set, ...values }).map(([name, value]) => [`:${name}`, value]))),
        }),
      ),
    );
  };
  return {
    read,
    async replace(next) {
      const set = chosen(next);
      const isNext = next.version === 1 ? "attribute_not_exists(#version)" : "#version = :before";
      if (await update(next.sub, set, isNext, next.version === 1 ? {} : { before: next.version - 1 })) return true;
      // Refused: somebody was faster, or it is this very change, sent again by the client after its answer was lost.
      return isDeepStrictEqual(chosen(await read(next.sub)), set);
    },
    async keepEmail(sub, email, at) {
      await update(sub, { email, emailAt: at }, "(attribute_not_exists(#emailAt) OR #emailAt < :emailAt)");
    },
  };
}
