/** `/categories`. */
import { categoryList, categoryQuery, category as categoryShown, changedCategory, newCategory } from "../finance/category-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, ids, keyed, made, versioned } from "./shared.ts";

export const requests = { NewCategory: newCategory, ChangedCategory: changedCategory };
export const answers = { Category: categoryShown, CategoryList: categoryList };

const category = { id: ids.groceries, version: 1, name: "Groceries", parentId: ids.food, colour: "#3f7d4e" };
const changed = { ...category, version: 2, name: "Food and drink" };
const paramsExample = { id: ids.groceries };

export const operations: readonly Operation[] = [
  operation({
    id: "listCategories",
    method: "GET",
    path: "/categories",
    tag: "Categories",
    summary: "All of them, by name",
    query: categoryQuery,
    queryExample: { limit: "50" },
    responses: { 200: { description: "A page.", schema: categoryList, example: { items: [category], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "createCategory",
    method: "POST",
    path: "/categories",
    tag: "Categories",
    summary: "A new category",
    description: "Its name is its own among all of the user's.",
    headers: keyed,
    body: { schema: newCategory, example: { name: "Groceries", parentId: ids.food, colour: "#3f7d4e" } },
    responses: { 201: { description: "It is there.", schema: categoryShown, headers: made, example: category } },
    problems: ["conflict"],
  }),
  operation({
    id: "getCategory",
    method: "GET",
    path: "/categories/{id}",
    tag: "Categories",
    summary: "One category",
    paramsExample,
    responses: { 200: { description: "The category.", schema: categoryShown, headers: versioned, example: category } },
    problems: ["not-found"],
  }),
  operation({
    id: "changeCategory",
    method: "PATCH",
    path: "/categories/{id}",
    tag: "Categories",
    summary: "Rename, move or colour it",
    description: "What is left out stays; null clears `parentId` and `colour`. It can't hang below itself.",
    paramsExample,
    headers: conditional,
    body: { schema: changedCategory, example: { name: "Food and drink" } },
    responses: { 200: { description: "The category as it is now.", schema: categoryShown, headers: versioned, example: changed } },
    problems: ["not-found", "conflict"],
  }),
  operation({
    id: "deleteCategory",
    method: "DELETE",
    path: "/categories/{id}",
    tag: "Categories",
    summary: "Remove it",
    description: "Only one that nothing names.",
    paramsExample,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found", "in-use"],
  }),
];
