/** The API's shapes and operations, made from its OpenAPI document by `npm run generated`; CI checks that it is true. Not to be edited. */

export interface StopDatabase {
  force?: boolean;
}

export interface HoldDatabase {
  until: string;
  reason?: string;
}

export interface NewLease {
  why: string;
  expiresAt: string;
}

export interface RenewedLease {
  expiresAt: string;
}

export interface NewExpense {
  kind?: "expense" | "refund" | "income" | "transfer";
  /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
  amount: string;
  /** A currency of ISO 4217. */
  currency: string;
  /** From 1900-01-01 to five years ahead. */
  occurredOn: string;
  categoryId?: string | null;
  accountId?: string | null;
  merchant?: string;
  description?: string;
  tags?: string[];
  status?: "pending" | "cleared";
  refundOf?: string | null;
  receiptId?: string | null;
}

export interface ChangedExpense {
  kind?: "expense" | "refund" | "income" | "transfer";
  /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
  amount?: string;
  /** A currency of ISO 4217. */
  currency?: string;
  /** From 1900-01-01 to five years ahead. */
  occurredOn?: string;
  categoryId?: string | null;
  accountId?: string | null;
  merchant?: string;
  description?: string;
  tags?: string[];
  status?: "pending" | "cleared";
  refundOf?: string | null;
  receiptId?: string | null;
}

export interface BulkExpenses {
  mode: "all" | "each";
  expenses: NewExpense[];
}

export interface NewReceipt {
  /** Ends in .jpg, .jpeg, .png, .pdf or .gif, without folders. */
  fileName: string;
  contentType: "image/jpeg" | "image/png" | "application/pdf" | "image/gif";
  size: number;
}

export interface NewCategory {
  name: string;
  parentId?: string | null;
  colour?: string | null;
}

export interface ChangedCategory {
  name?: string;
  parentId?: string | null;
  colour?: string | null;
}

export interface NewAccount {
  name: string;
  type: "asset" | "liability";
  /** A currency of ISO 4217. */
  currency: string;
  archived?: boolean;
}

export interface ChangedAccount {
  name?: string;
  type?: "asset" | "liability";
  /** A currency of ISO 4217. */
  currency?: string;
  archived?: boolean;
}

export interface NewBalance {
  /** A decimal string, which may be zero or below, with at most 12 digits before the point and as many decimals as its currency has. */
  amount: string;
}

export interface NewRate {
  /** A decimal string above zero, with at most 12 digits before the point and 12 after. */
  rate: string;
}

export interface NewBudget {
  name: string;
  categoryId?: string | null;
  /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
  amount: string;
  /** A currency of ISO 4217. */
  currency: string;
  period: "week" | "month" | "quarter" | "year" | "payday" | "custom";
  /** From 1900-01-01 to five years ahead. */
  startsOn?: string;
  periodDays?: number | null;
  thresholds?: number[];
  rollover?: boolean;
}

export interface ChangedBudget {
  name?: string;
  categoryId?: string | null;
  /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
  amount?: string;
  /** A currency of ISO 4217. */
  currency?: string;
  period?: "week" | "month" | "quarter" | "year" | "payday" | "custom";
  /** From 1900-01-01 to five years ahead. */
  startsOn?: string;
  periodDays?: number | null;
  thresholds?: number[];
  rollover?: boolean;
}

export interface Adoption {
  /** A currency of ISO 4217. */
  currency?: string;
  suggestions: {
    categoryId: string | null;
    /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
    amount?: string;
  }[];
}

export interface NewReport {
  kind: "weekly" | "monthly" | "custom";
  on?: string;
  month?: string;
  from?: string;
  to?: string;
  language?: "en" | "de";
  /** A currency of ISO 4217. */
  currency?: string;
  format?: "pdf" | "csv" | "xlsx";
}

export interface NewImport {
  format: "csv" | "ofx" | "qfx";
  accountId: string;
  mapping?: {
    encoding?: string;
    separator?: "," | ";" | "\t" | "|";
    header?: number;
    decimals?: "." | ",";
    days?: "ymd" | "dmy" | "mdy";
    out?: "negative" | "positive";
    columns?: {
      day?: number | string | null;
      amount?: number | string | null;
      debit?: number | string | null;
      credit?: number | string | null;
      direction?: number | string | null;
      currency?: number | string | null;
      merchant?: number | string | null;
      description?: number | string | null;
      fitId?: number | string | null;
    };
  };
}

export interface CheckImport {
  mapping?: {
    encoding?: string;
    separator?: "," | ";" | "\t" | "|";
    header?: number;
    decimals?: "." | ",";
    days?: "ymd" | "dmy" | "mdy";
    out?: "negative" | "positive";
    columns?: {
      day?: number | string | null;
      amount?: number | string | null;
      debit?: number | string | null;
      credit?: number | string | null;
      direction?: number | string | null;
      currency?: number | string | null;
      merchant?: number | string | null;
      description?: number | string | null;
      fitId?: number | string | null;
    };
  };
}

export interface NewExport {
  format: "json" | "csv" | "beancount" | "ofx";
  filter?: {
    from?: string;
    to?: string;
    accountId?: string;
    categoryId?: string;
    kind?: "expense" | "refund" | "income" | "transfer";
    status?: "pending" | "cleared";
    /** A currency of ISO 4217. */
    currency?: string;
    tag?: string;
  };
}

export interface NewJob {
  kind: "recap";
  on?: string;
}

export interface NewMonthlyRun {
  month: string;
}

export interface ChangedNotification {
  read: boolean;
}

export interface ChangedProfile {
  name?: string;
  /** A currency of ISO 4217. */
  displayCurrency?: string;
  /** A time zone of the IANA database, such as Europe/Berlin. */
  timeZone?: string;
  /** A language tag of BCP 47, such as de-AT. */
  locale?: string;
  /** 1 Monday to 7 Sunday. */
  firstWeekday?: number;
  payday?: number | null;
  notifications?: {
    "budget-threshold"?: boolean;
    "large-expense"?: boolean;
    "report-ready"?: boolean;
    "weekly-recap"?: boolean;
  };
  largeExpense?: {
    /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
    amount: string;
    /** A currency of ISO 4217. */
    currency: string;
  } | null;
  weeklyReport?: boolean;
}

export interface Estimate {
  p50Seconds: number;
  p90Seconds: number;
  samples: number;
  readyAt: string | null;
}

export interface Lease {
  id: string;
  by: string;
  why: string;
  expiresAt: string;
}

export interface Database {
  id: string;
  phase: "asleep" | "waking" | "awake" | "falling-asleep";
  serving: boolean;
  verified: boolean;
  attention: {
    code: string;
    since: string;
    what: string;
    doThis: string;
  } | null;
  rdsStatus: string;
  since: string;
  lastActivityAt: string | null;
  sleepsAt: string | null;
  code: string;
  reason: string;
  mode: "manage" | "watch";
  estimate: Estimate | null;
  leases: Lease[];
  hold: {
    until: string;
    by: string;
    reason: string;
  } | null;
  lastBackupAt: string | null;
  wake: {
    by: string;
    at: string;
  } | null;
}

export interface LedgerEntry {
  at: string;
  from: "asleep" | "waking" | "awake" | "falling-asleep";
  phase: "asleep" | "waking" | "awake" | "falling-asleep";
  action: string;
  code: string;
  cause: string;
  by: string;
  reason: string;
  rdsStatus: string;
  lastedSeconds: number | null;
}

export interface History {
  items: LedgerEntry[];
  next: string | null;
}

export interface Savings {
  currency: "USD";
  pricePerHour: string;
  since: string;
  awakeSeconds: number;
  asleepSeconds: number;
  spent: string;
  saved: string;
  months: {
    month: string;
    awakeSeconds: number;
    asleepSeconds: number;
    spent: string;
    saved: string;
  }[];
}

export interface Expense {
  id: string;
  version: number;
  kind: "expense" | "refund" | "income" | "transfer";
  amount: string;
  currency: string;
  occurredOn: string;
  categoryId: string | null;
  accountId: string | null;
  merchant: string;
  description: string;
  tags: string[];
  status: "pending" | "cleared";
  refundOf: string | null;
  receiptId: string | null;
}

export interface ExpenseList {
  items: Expense[];
  next: string | null;
}

export interface BulkMade {
  ids: string[];
}

export interface BulkAnswers {
  results:
    | {
        status: 201;
        id: string;
      }
    | {
        status: 422;
        problem: {
          type: string;
          title: string;
          status: 422;
          detail: string;
          errors: {
            pointer: string;
            detail: string;
          }[];
        };
      }[];
}

export interface Receipt {
  id: string;
  fileName: string;
  contentType: "image/jpeg" | "image/png" | "application/pdf" | "image/gif";
  size: number;
  state: "awaiting" | "ready" | "refused";
  reason: string | null;
  createdAt: string;
  download: {
    url: string;
    expiresAt: string;
  } | null;
}

export interface ReceiptMade {
  id: string;
  state: "awaiting" | "ready" | "refused";
  upload: {
    url: string;
    fields: Record<string, string>;
    expiresAt: string;
  } | null;
}

export interface ReceiptList {
  items: {
    id: string;
    fileName: string;
    contentType: "image/jpeg" | "image/png" | "application/pdf" | "image/gif";
    size: number;
    state: "awaiting" | "ready" | "refused";
    reason: string | null;
    createdAt: string;
  }[];
  next: string | null;
}

export interface Category {
  id: string;
  version: number;
  name: string;
  parentId: string | null;
  colour: string | null;
}

export interface CategoryList {
  items: Category[];
  next: string | null;
}

export interface Account {
  id: string;
  version: number;
  name: string;
  type: "asset" | "liability";
  currency: string;
  archived: boolean;
}

export interface AccountList {
  items: Account[];
  next: string | null;
}

export interface Balance {
  accountId: string;
  day: string;
  amount: string;
  currency: string;
  version: number;
}

export interface BalanceList {
  items: Balance[];
  next: string | null;
}

export interface Rate {
  day: string;
  base: string;
  quote: string;
  rate: string;
  version: number;
}

export interface RateList {
  items: Rate[];
  next: string | null;
}

export interface Budget {
  id: string;
  version: number;
  name: string;
  categoryId: string | null;
  amount: string;
  currency: string;
  period: "week" | "month" | "quarter" | "year" | "payday" | "custom";
  startsOn: string;
  periodDays: number | null;
  thresholds: number[];
  rollover: boolean;
}

export interface BudgetList {
  items: Budget[];
  next: string | null;
}

export interface BudgetNow {
  from: string;
  to: string;
  amount: string;
  carried: string;
  spent: string;
  remaining: string;
  percent: number;
  pace: number | null;
  projected: string;
  daysLeft: number;
  unconverted: {
    currency: string;
    total: string;
  }[];
  alerts: {
    threshold: number;
    at: string;
    told: boolean;
  }[];
}

export interface BudgetWithNow {
  id: string;
  version: number;
  name: string;
  categoryId: string | null;
  amount: string;
  currency: string;
  period: "week" | "month" | "quarter" | "year" | "payday" | "custom";
  startsOn: string;
  periodDays: number | null;
  thresholds: number[];
  rollover: boolean;
  now: BudgetNow | null;
}

export interface Summary {
  from: string;
  to: string;
  currency: string;
  total: string;
  count: number;
  byCategory: CategorySummary[];
  budgets: BudgetSummary[];
  previous: {
    from: string;
    to: string;
    total: string;
    change: string;
    changeShare: number | null;
    toDate: {
      to: string;
      total: string;
      change: string;
      changeShare: number | null;
    } | null;
  };
  unconverted: Unconverted;
}

export interface CategorySummary {
  categoryId: string | null;
  name: string | null;
  parentId: string | null;
  total: string;
  rolledUp: string;
  count: number;
  share: number | null;
}

export interface BudgetSummary {
  budgetId: string;
  name: string;
  categoryId: string | null;
  currency: string;
  from: string;
  to: string;
  amount: string;
  carried: string;
  spent: string;
  remaining: string;
  percent: number;
  pace: number | null;
  projected: string;
  daysLeft: number;
}

export type Unconverted = {
  currency: string;
  total: string;
}[];

export interface WeeklyRecap {
  sentence: string;
  from: string;
  to: string;
  currency: string;
  figures: {
    countedTo: string;
    total: string;
    count: number;
    weekBefore: {
      from: string;
      to: string;
      total: string;
      change: string;
      changeShare: number | null;
    };
    usual: {
      weeks: number;
      total: string;
      change: string;
      changeShare: number | null;
    } | null;
    movers: {
      categoryId: string | null;
      name: string | null;
      total: string;
      before: string;
      change: string;
    }[];
    topExpenses: {
      categoryId: string | null;
      name: string | null;
      id: string;
      occurredOn: string;
      merchant: string;
      description: string;
      amount: string;
      currency: string;
      total: string;
    }[];
  };
  method: string;
  unconverted: Unconverted;
}

export interface SpendingAnalysis {
  sentence: string;
  from: string;
  to: string;
  currency: string;
  figures: {
    total: string;
    months: {
      from: string;
      to: string;
      total: string;
    }[];
    byCategory: {
      categoryId: string | null;
      name: string | null;
      parentId: string | null;
      total: string;
      rolledUp: string;
      share: number | null;
      months: string[];
      trend: {
        direction: "rising" | "falling" | "none";
        perMonth: string;
      } | null;
    }[];
    byMerchant: {
      merchant: string;
      total: string;
      count: number;
      share: number | null;
    }[];
    recurring: {
      merchant: string;
      rhythm: "weekly" | "fortnightly" | "monthly" | "quarterly" | "yearly";
      amount: string;
      currency: string;
      lastOn: string;
      changedFrom: string | null;
      payments: number;
      nextOn: string;
      late: boolean;
      perMonth: string | null;
    }[];
    recurringPerMonth: string;
    unusual: {
      categoryId: string | null;
      name: string | null;
      id: string;
      occurredOn: string;
      merchant: string;
      description: string;
      amount: string;
      currency: string;
      total: string;
      usual: string;
      times: number;
    }[];
  };
  method: string;
  unconverted: Unconverted;
}

export interface BudgetSuggestion {
  sentence: string;
  from: string;
  to: string;
  currency: string;
  figures: {
    months: {
      from: string;
      to: string;
    }[];
    suggestions: {
      categoryId: string | null;
      name: string | null;
      amount: string | null;
      currency: string;
      reason: "steady" | "one-offs" | "trend" | "seldom" | "too-new" | "has-budget";
      why: string;
      budgetIds: string[];
      months: string[];
      median: string;
      usual: string;
      leftOut: {
        month: string;
        total: string;
      }[];
    }[];
    overall: {
      categoryId: string | null;
      name: string | null;
      amount: string | null;
      currency: string;
      reason: "steady" | "one-offs" | "trend" | "seldom" | "too-new" | "has-budget";
      why: string;
      budgetIds: string[];
      months: string[];
      median: string;
      usual: string;
      leftOut: {
        month: string;
        total: string;
      }[];
    };
  };
  method: string;
  unconverted: Unconverted;
}

export interface BudgetTracking {
  sentence: string;
  from: string;
  to: string;
  currency: string;
  figures: {
    budgets: {
      budgetId: string;
      name: string;
      categoryId: string | null;
      currency: string;
      from: string;
      to: string;
      amount: string;
      carried: string;
      spent: string;
      remaining: string;
      percent: number;
      pace: number | null;
      projected: string;
      daysLeft: number;
      verdict: "over" | "will-exceed" | "tight" | "on-track" | "too-early" | "not-begun" | "ended";
      expected: string;
      recurringToCome: string;
      perDayLeft: string | null;
      cut: {
        categoryId: string | null;
        name: string | null;
        merchant: string;
        total: string;
        usual: string;
        saves: string;
      }[];
      unconverted: Unconverted;
    }[];
    holding: number;
    atRisk: number;
  };
  method: string;
  unconverted: Unconverted;
}

export interface NetWorth {
  sentence: string;
  from: string;
  to: string;
  currency: string;
  figures: {
    assets: string;
    liabilities: string;
    netWorth: string;
    accounts: {
      accountId: string;
      name: string;
      type: "asset" | "liability";
      archived: boolean;
      currency: string;
      balance: string;
      balanceDay: string;
      converted: string | null;
    }[];
    history: {
      day: string;
      assets: string;
      liabilities: string;
      netWorth: string;
      leftOut: number;
    }[];
    change: {
      since: string;
      total: string;
      byAccount: {
        accountId: string;
        name: string;
        type: "asset" | "liability";
        change: string;
        byBalance: string;
        byRate: string;
        began: boolean;
        ended: boolean;
      }[];
    };
    yearChange: {
      since: string;
      total: string;
      byAccount: {
        accountId: string;
        name: string;
        type: "asset" | "liability";
        change: string;
        byBalance: string;
        byRate: string;
        began: boolean;
        ended: boolean;
      }[];
    };
    rates: {
      base: string;
      quote: string;
      day: string;
      rate: string;
    }[];
    unconvertedAccounts: {
      accountId: string;
      name: string;
      currency: string;
      balance: string;
    }[];
  };
  method: string;
  unconverted: Unconverted;
}

export interface Adopted {
  budgets: Budget[];
  skipped: {
    categoryId: string | null;
    reason: "has-budget" | "nothing-suggested";
    why: string;
    budgetIds: string[];
  }[];
}

export interface Report {
  id: string;
  state: "waiting" | "running" | "done" | "failed";
  request: {
    kind: string;
    on?: string;
    month?: string;
    from?: string;
    to?: string;
    language?: string;
    currency?: string;
    format: string;
  };
  progress: {
    done: number;
    total: number | null;
  } | null;
  file: {
    title: string;
    fileName: string;
    from: string;
    to: string;
    currency: string;
    rows: number;
    bytes: number;
    pages: number | null;
    missing: {
      character: string;
      count: number;
    }[];
  } | null;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface ReportList {
  items: Report[];
  next: string | null;
}

export interface ReportDownload {
  url: string;
  fileName: string;
  expiresAt: string;
}

export interface Import {
  id: string;
  format: "csv" | "ofx" | "qfx";
  accountId: string;
  mapping: Record<string, never>;
  state: "awaiting" | "checking" | "checked" | "unreadable" | "committing" | "committed" | "undoing" | "undone" | "failed";
  reason: string | null;
  read: {
    encoding: string;
    encodingUnsure: boolean;
    csv: {
      mapping: {
        separator: string;
        header: number;
        decimals: string;
        days: string;
        out: string;
        columns: Record<string, number | null>;
      };
      names: string[];
      unsure: string[];
    } | null;
  } | null;
  counts: {
    rows: number;
    bad: number;
    duplicates: number;
    added: number;
    kinds: Record<string, number>;
    from: string | null;
    to: string | null;
  } | null;
  undone: {
    removed: number;
    kept: number;
  } | null;
  progress: {
    done: number;
    total: number | null;
  } | null;
  createdAt: string;
  updatedAt: string;
}

export interface ImportMade {
  id: string;
  format: "csv" | "ofx" | "qfx";
  accountId: string;
  mapping: Record<string, never>;
  state: "awaiting" | "checking" | "checked" | "unreadable" | "committing" | "committed" | "undoing" | "undone" | "failed";
  reason: string | null;
  read: {
    encoding: string;
    encodingUnsure: boolean;
    csv: {
      mapping: {
        separator: string;
        header: number;
        decimals: string;
        days: string;
        out: string;
        columns: Record<string, number | null>;
      };
      names: string[];
      unsure: string[];
    } | null;
  } | null;
  counts: {
    rows: number;
    bad: number;
    duplicates: number;
    added: number;
    kinds: Record<string, number>;
    from: string | null;
    to: string | null;
  } | null;
  undone: {
    removed: number;
    kept: number;
  } | null;
  progress: {
    done: number;
    total: number | null;
  } | null;
  createdAt: string;
  updatedAt: string;
  upload: {
    url: string;
    fields: Record<string, string>;
    expiresAt: string;
  } | null;
}

export interface ImportList {
  items: Import[];
  next: string | null;
}

export interface ImportRowList {
  items: {
    n: number;
    line: number;
    is: "new" | "duplicate" | "bad";
    problem: string | null;
    occurredOn: string | null;
    amount: string | null;
    currency: string | null;
    direction: "out" | "in" | null;
    kind: "expense" | "refund" | "income" | "transfer" | null;
    merchant: string | null;
    description: string | null;
    categoryId: string | null;
    categoryPath: string[] | null;
    duplicateOf: string | null;
    movedWith: string | null;
    expenseId: string | null;
  }[];
  next: string | null;
}

export interface Export {
  id: string;
  state: "waiting" | "running" | "done" | "failed";
  request: {
    format: string;
    filter: Record<string, string>;
  };
  progress: {
    done: number;
    total: number | null;
  } | null;
  file: {
    fileName: string;
    rows: number;
    bytes: number;
    keptUntil: string;
  } | null;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface ExportList {
  items: Export[];
  next: string | null;
}

export interface ExportDownload {
  url: string;
  fileName: string;
  expiresAt: string;
}

export interface OwnExport {
  id: string;
  state: "waiting" | "running" | "done" | "failed";
  request: {
    format: string;
    filter: Record<string, string>;
  };
  progress: {
    done: number;
    total: number | null;
  } | null;
  file: {
    fileName: string;
    rows: number;
    bytes: number;
    keptUntil: string;
  } | null;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
  download: ExportDownload | null;
}

export interface RestoreMade {
  id: string;
  upload: {
    url: string;
    fields: Record<string, string>;
    expiresAt: string;
  };
}

export interface Job {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "failed";
  attempt: number;
  progress: {
    done: number;
    total: number | null;
  } | null;
  result: unknown;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface JobList {
  items: Job[];
  next: string | null;
}

export interface Run {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "failed";
  attempt: number;
  progress: {
    done: number;
    total: number | null;
  } | null;
  result: unknown;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
  month: string | null;
}

export interface RunList {
  items: Run[];
  next: string | null;
}

export interface Notification {
  id: string;
  kind: string;
  subject: string;
  text: string;
  data: Record<string, never>;
  state: "queued" | "sending" | "sent" | "failed" | "skipped";
  deliveryMethod: "sns" | "ses" | null;
  reason: string | null;
  read: boolean;
  readAt: string | null;
  createdAt: string;
}

export interface NotificationList {
  items: Notification[];
  next: string | null;
  unread: number;
}

export interface MailSubscription {
  state: "none" | "pending" | "confirmed" | "suppressed";
  deliveryMethod: "sns" | "ses" | null;
  address: string | null;
  since: string | null;
  reason: string | null;
}

export interface Profile {
  sub: string;
  username: string;
  email: string | null;
  name: string;
  displayCurrency: string;
  timeZone: string;
  locale: string;
  firstWeekday: number;
  payday: number | null;
  notifications: {
    "budget-threshold": boolean;
    "large-expense": boolean;
    "report-ready": boolean;
    "weekly-recap": boolean;
  };
  largeExpense: {
    amount: string;
    currency: string;
  } | null;
  weeklyReport: boolean;
  version: number;
}

export interface AccountDeletion {
  id: string;
  state: "waiting" | "running" | "done" | "failed";
  refusedUntil: string;
}

/** One field that does not fit. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body; into the query, its first segment is the parameter. */
  pointer: string;
  /** What is allowed. */
  detail: string;
}

/** What the gateway answers by itself, before or instead of the service. */
export interface GatewayError {
  message: string;
}

/** The body is not JSON, or is nested too deeply. `position` says where. */
export interface BadJsonProblem {
  type: "/problems/bad-json";
  title: "The body is not JSON";
  status: 400;
  /** A sentence for people. */
  detail: string;
  /** Characters from the beginning. */
  position?: number;
}

/** A query parameter is unknown or does not fit. */
export interface BadQueryProblem {
  type: "/problems/bad-query";
  title: "The query does not fit";
  status: 400;
  /** A sentence for people. */
  detail: string;
  errors?: FieldError[];
}

/** The cursor is not one that this list gave with these filters. */
export interface BadCursorProblem {
  type: "/problems/bad-cursor";
  title: "The cursor does not fit";
  status: 400;
  /** A sentence for people. */
  detail: string;
  errors?: FieldError[];
}

/** A part of the path does not fit: a day or a currency that is none. */
export interface BadPathProblem {
  type: "/problems/bad-path";
  title: "The path does not fit";
  status: 400;
  /** A sentence for people. */
  detail: string;
  errors?: FieldError[];
}

/** A header does not fit; `header` names it. */
export interface BadHeaderProblem {
  type: "/problems/bad-header";
  title: "A header does not fit";
  status: 400;
  /** A sentence for people. */
  detail: string;
  header: string;
}

/** The token names nobody. */
export interface NotSignedInProblem {
  type: "/problems/not-signed-in";
  title: "Nobody is signed in";
  status: 401;
  /** A sentence for people. */
  detail: string;
}

/** The caller is not in the group `operators`. */
export interface NotAllowedProblem {
  type: "/problems/not-allowed";
  title: "Not allowed";
  status: 403;
  /** A sentence for people. */
  detail: string;
}

/** The token's user has deleted their account. It holds until it ends by itself, within the hour. */
export interface AccountDeletedProblem {
  type: "/problems/account-deleted";
  title: "The account was deleted";
  status: 403;
  /** A sentence for people. */
  detail: string;
}

/** There is nothing of that id, or it is somebody else's: the answer is the same. */
export interface NotFoundProblem {
  type: "/problems/not-found";
  title: "Not found";
  status: 404;
  /** A sentence for people. */
  detail: string;
}

/** What is there stands against it; `detail` says what. */
export interface ConflictProblem {
  type: "/problems/conflict";
  title: "It conflicts with what is there";
  status: 409;
  /** A sentence for people. */
  detail: string;
  errors?: FieldError[];
  phase?: "asleep" | "waking" | "awake" | "falling-asleep";
}

/** Other things name it, so it can't go: `uses` says what, and how many. */
export interface InUseProblem {
  type: "/problems/in-use";
  title: "It is in use";
  status: 409;
  /** A sentence for people. */
  detail: string;
  uses: {
    what: string;
    count: number;
  }[];
}

/** A request with this `Idempotency-Key` is at work. Ask again for its answer. */
export interface IdempotencyKeyBusyProblem {
  type: "/problems/idempotency-key-busy";
  title: "A request with this key is at work";
  status: 409;
  /** A sentence for people. */
  detail: string;
}

/** Something needs the database: `blockers` lists what. An operator may force it. */
export interface StopRefusedProblem {
  type: "/problems/stop-refused";
  title: "The database is needed";
  status: 409;
  /** A sentence for people. */
  detail: string;
  blockers: {
    kind: "status" | "hold" | "lease" | "outside-session";
    what: string;
  }[];
}

/** Dormouse only watches this database (setting `mode`). */
export interface WatchModeProblem {
  type: "/problems/watch-mode";
  title: "Dormouse only watches";
  status: 409;
  /** A sentence for people. */
  detail: string;
}

/** The lease ended, or the database stopped serving: the work that it protects has to stop. */
export interface LeaseGoneProblem {
  type: "/problems/lease-gone";
  title: "The lease has ended";
  status: 409;
  /** A sentence for people. */
  detail: string;
}

/** Its version is not the one of `If-Match`. Read it again, then decide. */
export interface ChangedMeanwhileProblem {
  type: "/problems/changed-meanwhile";
  title: "It has changed meanwhile";
  status: 412;
  /** A sentence for people. */
  detail: string;
  version: number;
}

/** The body has too many bytes. */
export interface BodyTooLargeProblem {
  type: "/problems/body-too-large";
  title: "The body is too large";
  status: 413;
  /** A sentence for people. */
  detail: string;
  maximumBytes?: number;
}

/** The body's type is not JSON. */
export interface NotJsonProblem {
  type: "/problems/not-json";
  title: "The body's type does not fit";
  status: 415;
  /** A sentence for people. */
  detail: string;
}

/** Fields of the body do not fit, or name something that is not the caller's: `errors` has each with its JSON pointer. */
export interface BadFieldsProblem {
  type: "/problems/bad-fields";
  title: "Some fields do not fit";
  status: 422;
  /** A sentence for people. */
  detail: string;
  errors?: FieldError[];
}

/** This `Idempotency-Key` was used for another request within 7 days. */
export interface IdempotencyKeyReusedProblem {
  type: "/problems/idempotency-key-reused";
  title: "The key was used for something else";
  status: 422;
  /** A sentence for people. */
  detail: string;
}

/** This person has woken the database as often today (UTC) as one may. */
export interface TooManyWakesProblem {
  type: "/problems/too-many-wakes";
  title: "Woken too often";
  status: 429;
  /** A sentence for people. */
  detail: string;
}

/** A fault of the service. */
export interface InternalProblem {
  type: "/problems/internal";
  title: "Something failed here";
  status: 500;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** The database does not serve now. `POST /database/start` wakes it; `estimate` says how long this instance's own wakes took. */
export interface DatabaseAsleepProblem {
  type: "/problems/database-asleep";
  title: "The database is not serving";
  status: 503;
  /** A sentence for people. */
  detail: string;
  phase: "asleep" | "waking" | "awake" | "falling-asleep";
  serving?: false;
  since?: string | null;
  estimate?: Estimate | null;
  /** The request's id in the log. */
  requestId: string;
}

/** It should serve and does not answer. The transaction either happened or did not: send it again with the same `Idempotency-Key`. */
export interface DatabaseUnreachableProblem {
  type: "/problems/database-unreachable";
  title: "The database can't be reached";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** A migration has not run yet. */
export interface SchemaOlderProblem {
  type: "/problems/schema-older";
  title: "The database's schema is older than this version";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** It has no connection left for this. */
export interface DatabaseBusyProblem {
  type: "/problems/database-busy";
  title: "The database is busy";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** The request took longer than one may; nothing was kept. */
export interface TooSlowProblem {
  type: "/problems/too-slow";
  title: "It took too long";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** Whether the database serves can't be told. */
export interface StateUnreadableProblem {
  type: "/problems/state-unreadable";
  title: "The state can't be read";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** A part of the service did not answer. */
export interface UnavailableProblem {
  type: "/problems/unavailable";
  title: "Not available now";
  status: 503;
  /** A sentence for people. */
  detail: string;
  /** The request's id in the log. */
  requestId: string;
}

/** Problem details (RFC 9457). `type` is stable and says the kind; kinds may add members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

/** Every kind of problem; `type` tells them apart. */
export type AnyProblem =
  | BadJsonProblem
  | BadQueryProblem
  | BadCursorProblem
  | BadPathProblem
  | BadHeaderProblem
  | NotSignedInProblem
  | NotAllowedProblem
  | AccountDeletedProblem
  | NotFoundProblem
  | ConflictProblem
  | InUseProblem
  | IdempotencyKeyBusyProblem
  | StopRefusedProblem
  | WatchModeProblem
  | LeaseGoneProblem
  | ChangedMeanwhileProblem
  | BodyTooLargeProblem
  | NotJsonProblem
  | BadFieldsProblem
  | IdempotencyKeyReusedProblem
  | TooManyWakesProblem
  | InternalProblem
  | DatabaseAsleepProblem
  | DatabaseUnreachableProblem
  | SchemaOlderProblem
  | DatabaseBusyProblem
  | TooSlowProblem
  | StateUnreadableProblem
  | UnavailableProblem;

/** By method and path: what goes in, what comes out. */
export interface Operations {
  /** The console */
  "GET /": {
    result: string;
  };
  /** The button for other pages */
  "GET /dormouse-button.js": {
    result: string;
  };
  /** Whether anything answers */
  "GET /health": {
    result: {
      status: "ok";
    };
  };
  /** This document */
  "GET /openapi.json": {
    result: {
      openapi: string;
      info: {
        title: string;
        version: string;
      };
    };
  };
  /** This document, for people */
  "GET /docs": {
    result: string;
  };
  /** Who I am here */
  "GET /me": {
    result: Profile;
  };
  /** Change how I count time and money */
  "PATCH /me": {
    body: ChangedProfile;
    ifMatch: true;
    result: Profile;
  };
  /** Delete my account, with everything in it */
  "DELETE /me": {
    result: AccountDeletion;
  };
  /** Asleep or awake */
  "GET /database": {
    result: Database;
  };
  /** Wake it: the button */
  "POST /database/start": {
    body?: Record<string, never>;
    result: Database;
  };
  /** Put it to sleep now */
  "POST /database/stop": {
    body?: StopDatabase;
    result: Database;
  };
  /** Keep it awake until */
  "PUT /database/hold": {
    body: HoldDatabase;
    result: Database;
  };
  /** End the hold */
  "DELETE /database/hold": {
    result: Database;
  };
  /** Say that it is in use */
  "POST /database/activity": {
    body?: Record<string, never>;
    result: Database;
  };
  /** Keep it awake for a piece of work */
  "POST /database/leases": {
    body: NewLease;
    result: Lease;
  };
  /** Renew a lease */
  "PUT /database/leases/{id}": {
    path: {
      id: string;
    };
    body: RenewedLease;
    result: Lease;
  };
  /** Give a lease back */
  "DELETE /database/leases/{id}": {
    path: {
      id: string;
    };
    result: undefined;
  };
  /** The ledger, newest first */
  "GET /database/history": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: History;
  };
  /** Hours and money */
  "GET /database/savings": {
    result: Savings;
  };
  /** All of them, by name */
  "GET /categories": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: CategoryList;
  };
  /** A new category */
  "POST /categories": {
    body: NewCategory;
    result: Category;
  };
  /** One category */
  "GET /categories/{id}": {
    path: {
      id: string;
    };
    result: Category;
  };
  /** Rename, move or colour it */
  "PATCH /categories/{id}": {
    path: {
      id: string;
    };
    body: ChangedCategory;
    ifMatch: true;
    result: Category;
  };
  /** Remove it */
  "DELETE /categories/{id}": {
    path: {
      id: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** All of them, by name */
  "GET /accounts": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: AccountList;
  };
  /** A new account */
  "POST /accounts": {
    body: NewAccount;
    result: Account;
  };
  /** One account */
  "GET /accounts/{id}": {
    path: {
      id: string;
    };
    result: Account;
  };
  /** Change or archive it */
  "PATCH /accounts/{id}": {
    path: {
      id: string;
    };
    body: ChangedAccount;
    ifMatch: true;
    result: Account;
  };
  /** Remove it */
  "DELETE /accounts/{id}": {
    path: {
      id: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** Its balances, newest first */
  "GET /accounts/{id}/balances": {
    path: {
      id: string;
    };
    query: {
      from?: string;
      to?: string;
      limit?: number;
      cursor?: string;
    };
    result: BalanceList;
  };
  /** The balance that was entered for a day */
  "GET /accounts/{id}/balances/{day}": {
    path: {
      id: string;
      day: string;
    };
    result: Balance;
  };
  /** Enter the balance of a day */
  "PUT /accounts/{id}/balances/{day}": {
    path: {
      id: string;
      day: string;
    };
    body: NewBalance;
    result: Balance;
  };
  /** Take it back */
  "DELETE /accounts/{id}/balances/{day}": {
    path: {
      id: string;
      day: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** Those that fit */
  "GET /expenses": {
    query: {
      from?: string;
      to?: string;
      categoryId?: string;
      accountId?: string;
      kind?: "expense" | "refund" | "income" | "transfer";
      status?: "pending" | "cleared";
      /** A currency of ISO 4217. */
      currency?: string;
      /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
      min?: string;
      /** A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has. */
      max?: string;
      q?: string;
      tag?: string;
      sort?: "day" | "-day" | "amount" | "-amount" | "merchant" | "-merchant";
      limit?: number;
      cursor?: string;
    };
    result: ExpenseList;
  };
  /** A new expense */
  "POST /expenses": {
    body: NewExpense;
    result: Expense;
  };
  /** One expense */
  "GET /expenses/{id}": {
    path: {
      id: string;
    };
    result: Expense;
  };
  /** Change it */
  "PATCH /expenses/{id}": {
    path: {
      id: string;
    };
    body: ChangedExpense;
    ifMatch: true;
    result: Expense;
  };
  /** Remove it */
  "DELETE /expenses/{id}": {
    path: {
      id: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** Its receipt */
  "GET /expenses/{id}/receipt": {
    path: {
      id: string;
    };
    result: unknown;
  };
  /** Up to 500 at once */
  "POST /expenses/bulk": {
    body: BulkExpenses;
    result: BulkAnswers | BulkMade;
  };
  /** All of them, by name */
  "GET /budgets": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: BudgetList;
  };
  /** A new budget */
  "POST /budgets": {
    body: NewBudget;
    result: Budget;
  };
  /** One budget, with its running period */
  "GET /budgets/{id}": {
    path: {
      id: string;
    };
    result: BudgetWithNow;
  };
  /** Change it */
  "PATCH /budgets/{id}": {
    path: {
      id: string;
    };
    body: ChangedBudget;
    ifMatch: true;
    result: Budget;
  };
  /** Remove it */
  "DELETE /budgets/{id}": {
    path: {
      id: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** What was entered */
  "GET /rates": {
    query: {
      /** A currency of ISO 4217. */
      base?: string;
      /** A currency of ISO 4217. */
      quote?: string;
      from?: string;
      to?: string;
      limit?: number;
      cursor?: string;
    };
    result: RateList;
  };
  /** The rate that was entered for a day */
  "GET /rates/{day}/{base}/{quote}": {
    path: {
      day: string;
      base: string;
      quote: string;
    };
    result: Rate;
  };
  /** Enter the rate of a day */
  "PUT /rates/{day}/{base}/{quote}": {
    path: {
      day: string;
      base: string;
      quote: string;
    };
    body: NewRate;
    result: Rate;
  };
  /** Take it back */
  "DELETE /rates/{day}/{base}/{quote}": {
    path: {
      day: string;
      base: string;
      quote: string;
    };
    ifMatch: true;
    result: undefined;
  };
  /** What a period came to */
  "GET /summary": {
    query: {
      period?: "week" | "month" | "quarter" | "year" | "payday";
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** From 1900-01-01 to 2199-12-31. */
      from?: string;
      /** From 1900-01-01 to 2199-12-31. */
      to?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: Summary;
  };
  /** The week in a sentence */
  "GET /insights/weekly-recap": {
    query: {
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: WeeklyRecap;
  };
  /** Where it goes */
  "GET /insights/spending-analysis": {
    query: {
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: SpendingAnalysis;
  };
  /** What to budget */
  "GET /insights/budget-suggestion": {
    query: {
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: BudgetSuggestion;
  };
  /** Will the budgets hold */
  "GET /insights/budget-tracking": {
    query: {
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: BudgetTracking;
  };
  /** What I own less what I owe */
  "GET /insights/net-worth": {
    query: {
      /** From 1900-01-01 to 2199-12-31. */
      on?: string;
      /** A currency of ISO 4217. */
      currency?: string;
    };
    result: NetWorth;
  };
  /** Make suggestions real */
  "POST /insights/budget-suggestion/adopt": {
    body: Adoption;
    result: Adopted;
  };
  /** What an import's rows are */
  "GET /imports/{id}/rows": {
    path: {
      id: string;
    };
    query: {
      limit?: number;
      cursor?: string;
      only?: "new" | "duplicate" | "bad";
    };
    result: ImportRowList;
  };
  /** My jobs, newest first */
  "GET /jobs": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: JobList;
  };
  /** Have something done when the database is awake */
  "POST /jobs": {
    body: NewJob;
    result: Job;
  };
  /** How far a job is */
  "GET /jobs/{id}": {
    path: {
      id: string;
    };
    result: Job;
  };
  /** Work over all users, newest first */
  "GET /runs": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: RunList;
  };
  /** Make the reports of a month for all users */
  "POST /runs/monthly": {
    body: NewMonthlyRun;
    result: Run;
  };
  /** How far a run is */
  "GET /runs/{id}": {
    path: {
      id: string;
    };
    result: Run;
  };
  /** Try a run again that was given up */
  "POST /runs/{id}/retry": {
    path: {
      id: string;
    };
    result: Run;
  };
  /** What I was told of, newest first */
  "GET /notifications": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: NotificationList;
  };
  /** Mark one as read, or as unread again */
  "PATCH /notifications/{id}": {
    path: {
      id: string;
    };
    body: ChangedNotification;
    result: Notification;
  };
  /** Confirm: the page behind the link in a mail */
  "GET /notifications/confirm": {
    query: {
      token?: string;
    };
    result: string;
  };
  /** Confirm: what the page's button does */
  "POST /notifications/confirm": {
    query: {
      token?: string;
    };
    result: string;
  };
  /** Unsubscribe: the page behind the link in a mail */
  "GET /notifications/unsubscribe": {
    query: {
      token?: string;
    };
    result: string;
  };
  /** Unsubscribe: what the page's button does, and the reader's own program (RFC 8058) */
  "POST /notifications/unsubscribe": {
    query: {
      token?: string;
    };
    result: string;
  };
  /** Whether I get mails, and where */
  "GET /notifications/subscription": {
    result: MailSubscription;
  };
  /** Get mails */
  "POST /notifications/subscription": {
    result: MailSubscription;
  };
  /** Get no mails any more */
  "DELETE /notifications/subscription": {
    result: undefined;
  };
  /** My receipts, newest first */
  "GET /receipts": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: ReceiptList;
  };
  /** Upload a receipt */
  "POST /receipts": {
    body: NewReceipt;
    result: ReceiptMade;
  };
  /** One receipt, with a link to its file */
  "GET /receipts/{id}": {
    path: {
      id: string;
    };
    result: Receipt;
  };
  /** Remove one that no expense has */
  "DELETE /receipts/{id}": {
    path: {
      id: string;
    };
    result: undefined;
  };
  /** My reports, newest first */
  "GET /reports": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: ReportList;
  };
  /** Have a report made */
  "POST /reports": {
    body: NewReport;
    result: Report;
  };
  /** How far a report is */
  "GET /reports/{id}": {
    path: {
      id: string;
    };
    result: Report;
  };
  /** A link to a report's file */
  "GET /reports/{id}/download": {
    path: {
      id: string;
    };
    result: ReportDownload;
  };
  /** My imports, newest first */
  "GET /imports": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: ImportList;
  };
  /** Announce a bank's file */
  "POST /imports": {
    body: NewImport;
    result: ImportMade;
  };
  /** How far an import is */
  "GET /imports/{id}": {
    path: {
      id: string;
    };
    result: Import;
  };
  /** Undo an import */
  "DELETE /imports/{id}": {
    path: {
      id: string;
    };
    result: Import | undefined;
  };
  /** Have an uploaded file looked through */
  "POST /imports/{id}/check": {
    path: {
      id: string;
    };
    body?: CheckImport;
    result: Import;
  };
  /** Enter what a dry run has found */
  "POST /imports/{id}/commit": {
    path: {
      id: string;
    };
    result: Import;
  };
  /** My exports, newest first */
  "GET /exports": {
    query: {
      limit?: number;
      cursor?: string;
    };
    result: ExportList;
  };
  /** Have an export made */
  "POST /exports": {
    body: NewExport;
    result: Export;
  };
  /** How far an export is */
  "GET /exports/{id}": {
    path: {
      id: string;
    };
    result: Export;
  };
  /** A link to an export's file */
  "GET /exports/{id}/download": {
    path: {
      id: string;
    };
    result: ExportDownload;
  };
  /** Everything of mine, or how far it is */
  "GET /me/export": {
    result: OwnExport;
  };
  /** Have everything of mine put into a file */
  "POST /me/export": {
    result: Export;
  };
  /** A form for an export that is to be brought back */
  "POST /me/restore": {
    result: RestoreMade;
  };
  /** Bring an export back */
  "POST /me/restore/{id}": {
    path: {
      id: string;
    };
    result: Job;
  };
}

/** Operations that heed an `Idempotency-Key`: they may be sent again after a failure of unknown outcome. */
export const keyed: readonly string[] = [
  "PATCH /me",
  "POST /categories",
  "PATCH /categories/{id}",
  "DELETE /categories/{id}",
  "POST /accounts",
  "PATCH /accounts/{id}",
  "DELETE /accounts/{id}",
  "DELETE /accounts/{id}/balances/{day}",
  "POST /expenses",
  "PATCH /expenses/{id}",
  "DELETE /expenses/{id}",
  "POST /expenses/bulk",
  "POST /budgets",
  "PATCH /budgets/{id}",
  "DELETE /budgets/{id}",
  "DELETE /rates/{day}/{base}/{quote}",
  "POST /insights/budget-suggestion/adopt",
  "POST /jobs",
  "POST /runs/monthly",
  "POST /receipts",
  "POST /reports",
  "POST /imports",
  "POST /exports",
  "POST /me/export",
  "POST /me/restore",
];
