import { expect, it } from "vitest";
import { keyedId } from "../../src/http/keyed-id.ts";

it("the same user, route and key make the same id, a UUID; another of any of them makes another", () => {
  const id = keyedId("ann", "POST /receipts", "k");
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(keyedId("ann", "POST /receipts", "k")).toBe(id);
  const others = [
    keyedId("bob", "POST /receipts", "k"),
    keyedId("ann", "POST /jobs", "k"),
    keyedId("ann", "POST /receipts", "K"),
    keyedId("annPOST /receipts", "", "k"),
  ];
  expect(new Set([id, ...others]).size).toBe(5);
});
