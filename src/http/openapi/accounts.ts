/** `/accounts` and their balances by day. */
import {
  accountList,
  accountQuery,
  account as accountShown,
  balanceList,
  balanceParams,
  balanceQuery,
  balance as balanceShown,
  changedAccount,
  newAccount,
  newBalance,
} from "../finance/account-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, ids, keyed, made, versioned } from "./shared.ts";

export const requests = { NewAccount: newAccount, ChangedAccount: changedAccount, NewBalance: newBalance };
export const answers = { Account: accountShown, AccountList: accountList, Balance: balanceShown, BalanceList: balanceList };

const account = { id: ids.account, version: 1, name: "Giro", type: "asset", currency: "EUR", archived: false };
const balance = { accountId: ids.account, day: "2026-11-20", amount: "1523.07", currency: "EUR", version: 1 };
const paramsExample = { id: ids.account };
const onDay = { params: balanceParams, paramsExample: { id: ids.account, day: "2026-11-20" } };

export const operations: readonly Operation[] = [
  operation({
    id: "listAccounts",
    method: "GET",
    path: "/accounts",
    tag: "Accounts",
    summary: "All of them, by name",
    query: accountQuery,
    responses: { 200: { description: "A page.", schema: accountList, example: { items: [account], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "createAccount",
    method: "POST",
    path: "/accounts",
    tag: "Accounts",
    summary: "A new account",
    description: "A liability is what is owed: a loan, a credit card. Its name is its own among all of the user's.",
    headers: keyed,
    body: { schema: newAccount, example: { name: "Giro", type: "asset", currency: "EUR" } },
    responses: { 201: { description: "It is there.", schema: accountShown, headers: made, example: account } },
    problems: ["conflict"],
  }),
  operation({
    id: "getAccount",
    method: "GET",
    path: "/accounts/{id}",
    tag: "Accounts",
    summary: "One account",
    paramsExample,
    responses: { 200: { description: "The account.", schema: accountShown, headers: versioned, example: account } },
    problems: ["not-found"],
  }),
  operation({
    id: "changeAccount",
    method: "PATCH",
    path: "/accounts/{id}",
    tag: "Accounts",
    summary: "Change or archive it",
    description: "What is left out stays. Its currency is fixed once it has balances or expenses.",
    paramsExample,
    headers: conditional,
    body: { schema: changedAccount, example: { archived: true } },
    responses: {
      200: { description: "The account as it is now.", schema: accountShown, headers: versioned, example: { ...account, version: 2, archived: true } },
    },
    problems: ["not-found", "conflict", "in-use"],
  }),
  operation({
    id: "deleteAccount",
    method: "DELETE",
    path: "/accounts/{id}",
    tag: "Accounts",
    summary: "Remove it",
    description: "With its balances; only one that no expense names.",
    paramsExample,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found", "in-use"],
  }),
  operation({
    id: "listBalances",
    method: "GET",
    path: "/accounts/{id}/balances",
    tag: "Accounts",
    summary: "Its balances, newest first",
    description: "`from` and `to` are both in.",
    paramsExample,
    query: balanceQuery,
    queryExample: { from: "2026-11-01", to: "2026-11-30" },
    responses: { 200: { description: "A page.", schema: balanceList, example: { items: [balance], next: null } } },
    problems: ["not-found", "bad-cursor"],
  }),
  operation({
    id: "getBalance",
    method: "GET",
    path: "/accounts/{id}/balances/{day}",
    tag: "Accounts",
    summary: "The balance that was entered for a day",
    ...onDay,
    responses: { 200: { description: "The balance.", schema: balanceShown, headers: versioned, example: balance } },
    problems: ["not-found"],
  }),
  operation({
    id: "putBalance",
    method: "PUT",
    path: "/accounts/{id}/balances/{day}",
    tag: "Accounts",
    summary: "Enter the balance of a day",
    description: "In the account's currency; may be below zero. Entered again it replaces what was there.",
    ...onDay,
    body: { schema: newBalance, example: { amount: "1523.07" } },
    responses: { 200: { description: "The balance.", schema: balanceShown, headers: versioned, example: balance } },
    problems: ["not-found"],
  }),
  operation({
    id: "deleteBalance",
    method: "DELETE",
    path: "/accounts/{id}/balances/{day}",
    tag: "Accounts",
    summary: "Take it back",
    ...onDay,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found"],
  }),
];
