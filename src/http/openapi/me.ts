/** `/me`. */
import { ChangedProfile, profileShown } from "../control/me.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, versioned } from "./shared.ts";

export const requests = { ChangedProfile };
export const answers = { Profile: profileShown };

const profile = {
  sub: "83c4f872-4001-70b7-1d3c-4f8a5a1f6e55",
  username: "ann",
  email: "ann@example.com",
  name: "Ann",
  displayCurrency: "EUR",
  timeZone: "Europe/Vienna",
  locale: "de-AT",
  firstWeekday: 1,
  payday: 25,
  notifications: { "budget-threshold": true, "large-expense": true, "report-ready": true, "weekly-recap": false },
  largeExpense: { amount: "250.00", currency: "EUR" },
  weeklyReport: false,
  version: 3,
};

export const operations: readonly Operation[] = [
  operation({
    id: "getProfile",
    method: "GET",
    path: "/me",
    tag: "Profile",
    summary: "Who I am here",
    description: "Works while the database sleeps. Somebody who has chosen nothing yet gets what is usual, in version 0.",
    headers: ["Accept-Language"],
    responses: { 200: { description: "The profile.", schema: profileShown, headers: versioned, example: profile } },
    problems: ["unavailable"],
  }),
  operation({
    id: "changeProfile",
    method: "PATCH",
    path: "/me",
    tag: "Profile",
    summary: "Change how I count time and money",
    description:
      "What is left out stays. A change of payday or first weekday takes effect at the next boundary of the old rule. `notifications` says of which kinds mails are wanted, and `largeExpense` from how much on an expense in that very currency is told of; with `weeklyReport` a report of each week in which something was spent is made when it is over. The e-mail address comes from the sign-in and is changed there.",
    headers: [...conditional, "Accept-Language"],
    body: {
      schema: ChangedProfile,
      example: { displayCurrency: "EUR", payday: 25, notifications: { "weekly-recap": true }, largeExpense: { amount: "250.00", currency: "EUR" } },
    },
    responses: { 200: { description: "The profile as it is now.", schema: profileShown, headers: versioned, example: profile } },
    problems: ["conflict", "unavailable"],
  }),
];
