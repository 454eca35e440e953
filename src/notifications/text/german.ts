/** German. */
import { isBelowZero, isZero, minus, withoutSign } from "./format.ts";
import type { Texts } from "./texts.ts";

export const german: Texts = {
  "budget-threshold"(data, f) {
    if (data.v === 2) {
      const named = data.budgets.map(({ name, threshold, currency, spent, effective }) => {
        return `${name}: ${f.percent(threshold)} (${f.money(spent, currency)} von ${f.money(effective, currency)})`;
      });
      return {
        subject: `${f.number(data.count)} Budgets haben eine Marke erreicht`,
        paragraphs: [`Was du eingelesen hast, hat ${f.number(data.count)} deiner laufenden Budgets an eine Marke gebracht, die du gesetzt hast.`, ...named],
      };
    }
    const { name, threshold, from, to, currency, amount, carried, effective, spent, percent, unconverted } = data;
    const left = minus(effective, spent);
    const money = (value: string) => f.money(value, currency);
    const share = percent === null ? "" : ` (${f.percent(percent)})`;
    return {
      subject: isBelowZero(left)
        ? `${name}: Das Budget ist überzogen`
        : isZero(left)
          ? `${name}: Das Budget ist aufgebraucht`
          : `${name}: ${f.percent(threshold)} des Budgets sind ausgegeben`,
      paragraphs: [
        `Du hast ${money(spent)} von ${money(effective)}${share} ausgegeben, die du für „${name}“ im Zeitraum ${f.period(from, to)} geplant hast.`,
        isBelowZero(left)
          ? `Das sind ${money(withoutSign(left))} mehr als geplant.`
          : isZero(left)
            ? "Es ist nichts mehr übrig."
            : `Es bleiben ${money(left)}.`,
        ...(isZero(carried)
          ? []
          : [
              isBelowZero(carried)
                ? `Das Budget beträgt ${money(amount)}; davon gehen ${money(withoutSign(carried))} ab, die vorher zu viel ausgegeben wurden.`
                : `Das Budget beträgt ${money(amount)}, dazu kommen ${money(carried)}, die vorher übrig geblieben sind.`,
            ]),
        ...(unconverted.length === 0
          ? []
          : [`Nicht mitgezählt, weil dafür kein Wechselkurs da ist: ${f.list(unconverted.map((one) => f.money(one.total, one.currency)))}.`]),
      ],
    };
  },
  "large-expense"(data, f) {
    if (data.v === 2) {
      const money = (value: string) => f.money(value, data.currency);
      const named = data.largest.map((one) => `${money(one.amount)}${one.merchant === "" ? "" : ` bei ${one.merchant}`} (${f.day(one.occurredOn)})`);
      return {
        subject: `${f.number(data.count)} große Ausgaben: zusammen ${money(data.total)}`,
        paragraphs: [
          `${f.number(data.count)} Ausgaben von ${money(data.limit)} oder mehr wurden auf einmal eingetragen, zusammen ${money(data.total)}.`,
          `${data.largest.length < data.count ? "Die größten davon" : "Es sind"}: ${f.list(named)}.`,
        ],
      };
    }
    const { amount, currency, merchant, occurredOn, limit } = data;
    const where = merchant === "" ? "" : ` bei ${merchant}`;
    return {
      subject: `Eine große Ausgabe: ${f.money(amount, currency)}${where}`,
      paragraphs: [
        `Für den ${f.day(occurredOn)} wurde eine Ausgabe von ${f.money(amount, currency)}${where} eingetragen.`,
        `Du wolltest von allem ab ${f.money(limit, currency)} erfahren. Wenn du diese Ausgabe nicht kennst, sieh sie dir an.`,
      ],
    };
  },
  "report-ready": ({ name, from, to }, f) => ({
    subject: `Dein Bericht ist fertig: ${name}`,
    paragraphs: [`Der Bericht „${name}“ für ${f.period(from, to)} ist fertig. Du findest ihn in Dormouse unter Berichte, auch während die Datenbank schläft.`],
  }),
  "weekly-recap"({ from, to, currency, total, count, previous, top }, f) {
    const money = (value: string) => f.money(value, currency);
    const change = previous === null ? null : minus(total, previous);
    return {
      subject: `Deine Woche: ${money(total)} ausgegeben`,
      paragraphs: [
        count === 0
          ? `Für ${f.period(from, to)} hast du keine Ausgabe eingetragen.`
          : `Für ${f.period(from, to)} hast du ${money(total)} ausgegeben, in ${count === 1 ? "einer Ausgabe" : `${f.number(count)} Ausgaben`}.`,
        ...(change === null
          ? []
          : [
              isZero(change)
                ? "Das ist so viel wie in der Woche davor."
                : `Das sind ${money(withoutSign(change))} ${isBelowZero(change) ? "weniger" : "mehr"} als in der Woche davor.`,
            ]),
        ...(top.length === 0 ? [] : [`Das meiste ging an ${f.list(top.map((one) => `${one.name} (${money(one.total)})`))}.`]),
      ],
    };
  },
  unreadable: () => ({
    subject: "Eine Nachricht von Dormouse",
    paragraphs: ["Diese Nachricht hat eine neuere Fassung von Dormouse geschrieben als die, die sie zeigt."],
  }),
  footer: {
    why: "Du bekommst das, weil diese Mails in Dormouse unter Benachrichtigungen eingeschaltet sind; dort kannst du sie abschalten.",
    unsubscribe: "Keine Mails mehr von Dormouse:",
  },
  confirmation: (address) => ({
    subject: "Möchtest du Mails von Dormouse?",
    paragraphs: [
      `Jemand, sicher du, hat Dormouse gebeten, Benachrichtigungen an ${address} zu schicken. Sie beginnen, sobald du zustimmst; der Link gilt zwei Tage.`,
      "Wenn du es nicht warst, tu nichts: Es kommt nichts mehr.",
    ],
  }),
  confirm: "Ja, schickt sie:",
  pages: {
    confirm: {
      title: "Mails von Dormouse",
      ask: "Möchtest du Mails von Dormouse an diese Adresse bekommen?",
      button: "Ja, schickt sie",
      done: "Ab jetzt bekommst du Mails von Dormouse. In jeder steht ein Link, der sie beendet.",
    },
    unsubscribe: {
      title: "Keine Mails mehr von Dormouse",
      ask: "Sollen keine Mails von Dormouse mehr an diese Adresse kommen? Was es zu sagen gibt, steht weiterhin in Dormouse.",
      button: "Alle Mails beenden",
      done: "An diese Adresse kommen keine Mails mehr.",
    },
    over: {
      title: "Dieser Link gilt nicht mehr",
      text: "Er wurde benutzt, ist abgelaufen oder nicht vollständig. In Dormouse siehst du, ob du Mails bekommst, und kannst es ändern.",
    },
  },
};
