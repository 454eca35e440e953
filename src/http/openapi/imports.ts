/** `/imports`. */
import { checkBody, importList, importMade, importQuery, importShown, newImportBody } from "../desk/import-schemas.ts";
import { importRowList, importRowQuery } from "../finance/import-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { ids } from "./shared.ts";

export const requests = { NewImport: newImportBody, CheckImport: checkBody };
export const answers = { Import: importShown, ImportMade: importMade, ImportList: importList, ImportRowList: importRowList };

const id = "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f65";
const awaiting = {
  id,
  format: "csv",
  accountId: ids.account,
  mapping: {},
  state: "awaiting",
  reason: null,
  read: null,
  counts: null,
  undone: null,
  progress: null,
  createdAt: "2026-11-21T17:00:00.000Z",
  updatedAt: "2026-11-21T17:00:00.000Z",
};
const columns = { day: 1, amount: 5, debit: null, credit: null, direction: null, currency: 6, merchant: 3, description: 4, fitId: null };
const checked = {
  ...awaiting,
  state: "checked",
  read: {
    encoding: "windows-1252",
    encodingUnsure: true,
    csv: {
      mapping: { separator: ";", header: 5, decimals: ",", days: "dmy", out: "negative", columns },
      names: ["Buchungstag", "Wertstellung", "Auftraggeber", "Verwendungszweck", "Betrag", "Währung"],
      unsure: [],
    },
  },
  counts: {
    rows: 214,
    bad: 1,
    duplicates: 31,
    added: 182,
    kinds: { expense: 171, income: 4, refund: 5, transfer: 2 },
    from: "2026-10-01",
    to: "2026-11-20",
  },
};
const checking = { ...awaiting, state: "checking" };
const row = {
  n: 1,
  line: 6,
  is: "new",
  problem: null,
  occurredOn: "2026-10-01",
  amount: "12.50",
  currency: "EUR",
  direction: "out",
  kind: "expense",
  merchant: "Markt",
  description: "Kartenzahlung",
  categoryId: ids.groceries,
  categoryPath: null,
  duplicateOf: null,
  movedWith: null,
  expenseId: null,
};
const bad = {
  ...Object.fromEntries(Object.keys(row).map((name) => [name, null])),
  n: 2,
  line: 7,
  is: "bad",
  problem: 'has a day that is none: "Summe"',
};

export const operations: readonly Operation[] = [
  operation({
    id: "listImports",
    method: "GET",
    path: "/imports",
    tag: "Imports",
    summary: "My imports, newest first",
    description:
      "Works while the database sleeps. The list may be a moment behind; an import by its id is not, and says as well how far a step is, or that it failed.",
    query: importQuery,
    responses: { 200: { description: "A page of them.", schema: importList, example: { items: [checked], next: null } } },
    problems: ["bad-cursor", "unavailable"],
  }),
  operation({
    id: "addImport",
    method: "POST",
    path: "/imports",
    tag: "Imports",
    summary: "Announce a bank's file",
    description:
      "Works while the database sleeps. The file, up to 50 MB, goes straight to `upload.url` as a form: all of `upload.fields`, then the file as `file`; within half an hour. Then `POST /imports/{id}/check` has it looked through. Encoding, separator, header, columns, the order of days, the decimal mark and the sign of money that goes out are guessed, unless `mapping` says them. What is not committed within a week is forgotten.",
    headers: ["Idempotency-Key"],
    body: { schema: newImportBody, example: { format: "csv", accountId: ids.account, mapping: { days: "dmy", columns: { merchant: "Auftraggeber" } } } },
    responses: {
      201: {
        description: "It waits for its file.",
        schema: importMade,
        headers: ["Location"],
        example: {
          ...awaiting,
          upload: {
            url: "https://dormouse-files.s3.eu-central-1.amazonaws.com/",
            fields: { key: `imports/ann/${id}`, policy: "eyJ…", "x-amz-signature": "5d7…" },
            expiresAt: "2026-11-21T17:30:00.000Z",
          },
        },
      },
    },
    problems: ["unavailable"],
  }),
  operation({
    id: "getImport",
    method: "GET",
    path: "/imports/{id}",
    tag: "Imports",
    summary: "How far an import is",
    description: "Works while the database sleeps. `Retry-After` is there while a step is under way. A step that has `failed` may be asked for again.",
    paramsExample: { id },
    responses: { 200: { description: "The import.", schema: importShown, headers: ["Retry-After"], example: checked } },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "checkImport",
    method: "POST",
    path: "/imports/{id}/check",
    tag: "Imports",
    summary: "Have an uploaded file looked through",
    description:
      "A dry run: nothing is entered. Works while the database sleeps, and wakes it, within what its user may wake it in a day. Each row gets a kind, the category that was chosen last for its merchant, and whether it is there already; bad rows say why. With another `mapping` it is looked through anew, until it is committed.",
    paramsExample: { id },
    body: { schema: checkBody, optional: true, example: { mapping: { days: "mdy" } } },
    responses: { 202: { description: "It is going to be looked through.", schema: importShown, headers: ["Location", "Retry-After"], example: checking } },
    problems: ["not-found", "conflict", "unavailable"],
  }),
  operation({
    id: "commitImport",
    method: "POST",
    path: "/imports/{id}/commit",
    tag: "Imports",
    summary: "Enter what a dry run has found",
    description:
      "Each row that is new becomes an entry, once, however often it is asked for. Rows that have come by another way since the dry run are left out. Budgets that it brings to a threshold in their running period are told of in one message.",
    paramsExample: { id },
    responses: {
      200: { description: "It was committed before.", schema: importShown, example: { ...checked, state: "committed" } },
      202: {
        description: "It is going to be entered.",
        schema: importShown,
        headers: ["Location", "Retry-After"],
        example: { ...checked, state: "committing" },
      },
    },
    problems: ["not-found", "conflict", "unavailable"],
  }),
  operation({
    id: "undoImport",
    method: "DELETE",
    path: "/imports/{id}",
    tag: "Imports",
    summary: "Undo an import",
    description:
      "What it has entered goes, but for entries that were changed since: those stay, and are counted. Entries of other accounts that it made sides of transfers are what they were before.",
    paramsExample: { id },
    responses: {
      202: { description: "It is going to be undone.", schema: importShown, headers: ["Location", "Retry-After"], example: { ...checked, state: "undoing" } },
      204: { description: "There was nothing to undo, or it is undone already." },
    },
    problems: ["not-found", "conflict", "unavailable"],
  }),
  operation({
    id: "listImportRows",
    method: "GET",
    path: "/imports/{id}/rows",
    tag: "Imports",
    summary: "What an import's rows are",
    description: "In the order of the file. This list alone needs the database.",
    paramsExample: { id },
    query: importRowQuery,
    responses: { 200: { description: "A page of them.", schema: importRowList, example: { items: [row, bad], next: null } } },
    problems: ["not-found", "bad-cursor"],
  }),
];
