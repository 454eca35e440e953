/** `/rates`. */
import { newRate, rateList, ratePath, rateQuery, rate as rateShown } from "../finance/rate-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, versioned } from "./shared.ts";

export const requests = { NewRate: newRate };
export const answers = { Rate: rateShown, RateList: rateList };

const rate = { day: "2026-11-20", base: "USD", quote: "EUR", rate: "0.9231", version: 1 };
const onDay = { params: ratePath, paramsExample: { day: "2026-11-20", base: "USD", quote: "EUR" } };

export const operations: readonly Operation[] = [
  operation({
    id: "listRates",
    method: "GET",
    path: "/rates",
    tag: "Rates",
    summary: "What was entered",
    description: "`from` and `to` are both in. With a base and a quote the newest comes first; without, each pair's oldest.",
    query: rateQuery,
    queryExample: { base: "USD", quote: "EUR" },
    responses: { 200: { description: "A page.", schema: rateList, example: { items: [rate], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "getRate",
    method: "GET",
    path: "/rates/{day}/{base}/{quote}",
    tag: "Rates",
    summary: "The rate that was entered for a day",
    description: "Only this very day and direction: nothing is inverted or carried over here.",
    ...onDay,
    responses: { 200: { description: "The rate.", schema: rateShown, headers: versioned, example: rate } },
    problems: ["not-found"],
  }),
  operation({
    id: "putRate",
    method: "PUT",
    path: "/rates/{day}/{base}/{quote}",
    tag: "Rates",
    summary: "Enter the rate of a day",
    description:
      "1 base = `rate` quote. It converts expenses of that day and of the seven after it that have no newer one; budgets' thresholds are looked at again.",
    ...onDay,
    body: { schema: newRate, example: { rate: "0.9231" } },
    responses: { 200: { description: "The rate.", schema: rateShown, headers: versioned, example: rate } },
  }),
  operation({
    id: "deleteRate",
    method: "DELETE",
    path: "/rates/{day}/{base}/{quote}",
    tag: "Rates",
    summary: "Take it back",
    ...onDay,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found"],
  }),
];
