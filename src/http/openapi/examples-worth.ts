/** What the same history was answered about what one is worth. */
import { ids } from "./shared.ts";

export const netWorth = {
  sentence: "On November 20 you are worth -€3,000.00: €1,800.00 in assets less €4,800.00 owed. That is €4,210.50 (348%) less than on October 31, most by Loan.",
  from: "2025-11-30",
  to: "2026-11-20",
  currency: "EUR",
  figures: {
    assets: "1800.00",
    liabilities: "4800.00",
    netWorth: "-3000.00",
    accounts: [
      {
        accountId: ids.account,
        name: "Dollars",
        type: "asset",
        archived: false,
        currency: "USD",
        balance: "300.00",
        balanceDay: "2026-11-10",
        converted: "276.93",
      },
      {
        accountId: ids.account,
        name: "Giro",
        type: "asset",
        archived: false,
        currency: "EUR",
        balance: "1523.07",
        balanceDay: "2026-11-20",
        converted: "1523.07",
      },
    ],
    history: [
      {
        day: "2026-10-31",
        assets: "1210.50",
        liabilities: "0.00",
        netWorth: "1210.50",
        leftOut: 0,
      },
      {
        day: "2026-11-20",
        assets: "1800.00",
        liabilities: "4800.00",
        netWorth: "-3000.00",
        leftOut: 0,
      },
    ],
    change: {
      since: "2026-10-31",
      total: "-4210.50",
      byAccount: [
        {
          accountId: ids.account,
          name: "Loan",
          type: "liability",
          change: "-4800.00",
          byBalance: "-4800.00",
          byRate: "0.00",
          began: true,
          ended: false,
        },
        {
          accountId: ids.account,
          name: "Giro",
          type: "asset",
          change: "312.57",
          byBalance: "312.57",
          byRate: "0.00",
          began: false,
          ended: false,
        },
      ],
    },
    yearChange: {
      since: "2025-11-30",
      total: "-3000.00",
      byAccount: [
        {
          accountId: ids.account,
          name: "Loan",
          type: "liability",
          change: "-4800.00",
          byBalance: "-4800.00",
          byRate: "0.00",
          began: true,
          ended: false,
        },
        {
          accountId: ids.account,
          name: "Giro",
          type: "asset",
          change: "1523.07",
          byBalance: "1523.07",
          byRate: "0.00",
          began: true,
          ended: false,
        },
      ],
    },
    rates: [
      {
        base: "USD",
        quote: "EUR",
        day: "2026-11-18",
        rate: "0.9231",
      },
    ],
    unconvertedAccounts: [],
  },
  method:
    "Each account's newest balance on or before the day, at the newest rate of that day or the seven before; a liability's balance is what is owed. A change is split: by rate is the old balance at the new rate less at the old one, by balance is the rest. An archived account counts with its last balance: enter 0 for the day on which it was closed.",
  unconverted: [],
};
