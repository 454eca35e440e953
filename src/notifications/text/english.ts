/** English. */
import { isBelowZero, isZero, minus, withoutSign } from "./format.ts";
import type { Texts } from "./texts.ts";

export const english: Texts = {
  "budget-threshold"(data, f) {
    if (data.v === 2) {
      const named = data.budgets.map(({ name, threshold, currency, spent, effective }) => {
        return `${name}: ${f.percent(threshold)} (${f.money(spent, currency)} of ${f.money(effective, currency)})`;
      });
      return {
        subject: `${f.number(data.count)} budgets have reached what you set for them`,
        paragraphs: [`What you imported has brought ${f.number(data.count)} of your running budgets to a mark that you set.`, ...named],
      };
    }
    const { name, threshold, from, to, currency, amount, carried, effective, spent, percent, unconverted } = data;
    const left = minus(effective, spent);
    const money = (value: string) => f.money(value, currency);
    const share = percent === null ? "" : ` (${f.percent(percent)})`;
    return {
      subject: isBelowZero(left)
        ? `${name}: the budget is overspent`
        : isZero(left)
          ? `${name}: the budget is used up`
          : `${name}: ${f.percent(threshold)} of the budget is spent`,
      paragraphs: [
        `You have spent ${money(spent)} of the ${money(effective)}${share} that you planned for “${name}” from ${f.period(from, to)}.`,
        isBelowZero(left) ? `That is ${money(withoutSign(left))} more than planned.` : isZero(left) ? "Nothing is left." : `${money(left)} are left.`,
        ...(isZero(carried)
          ? []
          : [
              isBelowZero(carried)
                ? `The budget is ${money(amount)}; ${money(withoutSign(carried))} that were overspent before are taken off it.`
                : `The budget is ${money(amount)}, and ${money(carried)} were left over from before.`,
            ]),
        ...(unconverted.length === 0
          ? []
          : [`Not counted, because there is no exchange rate for it: ${f.list(unconverted.map((one) => f.money(one.total, one.currency)))}.`]),
      ],
    };
  },
  "large-expense"(data, f) {
    if (data.v === 2) {
      const money = (value: string) => f.money(value, data.currency);
      const named = data.largest.map((one) => `${money(one.amount)}${one.merchant === "" ? "" : ` at ${one.merchant}`} (${f.day(one.occurredOn)})`);
      return {
        subject: `${f.number(data.count)} large expenses: ${money(data.total)} in all`,
        paragraphs: [
          `${f.number(data.count)} expenses of ${money(data.limit)} or more were entered at once, ${money(data.total)} in all.`,
          `${data.largest.length < data.count ? "The largest of them" : "They are"}: ${f.list(named)}.`,
        ],
      };
    }
    const { amount, currency, merchant, occurredOn, limit } = data;
    const where = merchant === "" ? "" : ` at ${merchant}`;
    return {
      subject: `A large expense: ${f.money(amount, currency)}${where}`,
      paragraphs: [
        `An expense of ${f.money(amount, currency)}${where} was entered for ${f.day(occurredOn)}.`,
        `You asked to be told of everything from ${f.money(limit, currency)} on. If you don't know this expense, have a look at it.`,
      ],
    };
  },
  "report-ready": ({ name, from, to }, f) => ({
    subject: `Your report is ready: ${name}`,
    paragraphs: [`The report “${name}” for ${f.period(from, to)} is ready. You find it in Dormouse under Reports, also while the database sleeps.`],
  }),
  "weekly-recap"({ from, to, currency, total, count, previous, top }, f) {
    const money = (value: string) => f.money(value, currency);
    const change = previous === null ? null : minus(total, previous);
    return {
      subject: `Your week: ${money(total)} spent`,
      paragraphs: [
        count === 0
          ? `From ${f.period(from, to)} you entered no expense.`
          : `From ${f.period(from, to)} you spent ${money(total)} in ${count === 1 ? "one expense" : `${f.number(count)} expenses`}.`,
        ...(change === null
          ? []
          : [
              isZero(change)
                ? "That is as much as in the week before."
                : `That is ${money(withoutSign(change))} ${isBelowZero(change) ? "less" : "more"} than in the week before.`,
            ]),
        ...(top.length === 0 ? [] : [`Most of it went to ${f.list(top.map((one) => `${one.name} (${money(one.total)})`))}.`]),
      ],
    };
  },
  unreadable: () => ({
    subject: "A message from Dormouse",
    paragraphs: ["This message was written by a newer version of Dormouse than the one that shows it."],
  }),
  footer: {
    why: "You get this because these mails are switched on in Dormouse, under Notifications; there you can switch them off.",
    unsubscribe: "Stop all mails from Dormouse:",
  },
  confirmation: (address) => ({
    subject: "Do you want mails from Dormouse?",
    paragraphs: [
      `Somebody, surely you, asked Dormouse to send notifications to ${address}. They begin when you confirm it; the link is good for two days.`,
      "If it was not you, do nothing: nothing more will come.",
    ],
  }),
  confirm: "Yes, send them:",
  pages: {
    confirm: {
      title: "Mails from Dormouse",
      ask: "Do you want to get mails from Dormouse at this address?",
      button: "Yes, send them",
      done: "From now on you get mails from Dormouse. Each has a link that stops them.",
    },
    unsubscribe: {
      title: "No more mails from Dormouse",
      ask: "Shall no more mails from Dormouse come to this address? What there is to tell still stands in Dormouse.",
      button: "Stop all mails",
      done: "No more mails come to this address.",
    },
    over: { title: "This link is over", text: "It was used, has expired, or is not whole. Open Dormouse to see whether you get mails, and to change it." },
  },
};
