import { describe, expect, it } from "vitest";
import { makeRoom, REFUSED_MS, refuse, refusedSince } from "../../src/lifecycle/refused.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { applyWrite } from "../../src/lifecycle/writes.ts";

const T0 = Date.UTC(2026, 10, 21);
const first = initialState("dormouse", T0);
const written = (state: DatabaseState, ...writes: ReturnType<typeof refuse>[]) =>
  writes.reduce<DatabaseState>((seen, write) => {
    const next = applyWrite(seen, write);
    if (next === null) throw new Error("refused by its condition");
    return next;
  }, state);

describe("who has deleted their account", () => {
  it("is refused until their tokens have ended, and nobody else is", () => {
    const state = written(first, makeRoom(), refuse(first, "ann.b", T0));
    expect([refusedSince(state, "ann.b", T0), refusedSince(state, "ann.b", T0 + REFUSED_MS - 1)]).toEqual([T0, T0]);
    expect([refusedSince(state, "ann.b", T0 + REFUSED_MS), refusedSince(state, "ann", T0), refusedSince(state, "toString", T0)]).toEqual([null, null, null]);
    expect(refusedSince(first, "ann.b", T0)).toBeNull();
  });

  it("is refused from the first time on, and again when it comes again later", () => {
    const state = written(first, makeRoom(), refuse(first, "ann", T0));
    expect(applyWrite(state, refuse(state, "ann", T0 + 1))).toBeNull();
    expect(applyWrite(state, makeRoom())).toBeNull();
    const later = written(state, refuse(state, "ann", T0 + REFUSED_MS));
    expect(refusedSince(later, "ann", T0 + REFUSED_MS)).toBe(T0 + REFUSED_MS);
  });

  it("is forgotten when somebody else comes after the tokens have ended; the state says nothing else", () => {
    const room = written(first, makeRoom());
    const ann = written(room, refuse(room, "ann", T0));
    const bob = written(ann, refuse(ann, "bob", T0 + REFUSED_MS + 1));
    expect(bob).toEqual({ ...first, refused: { bob: T0 + REFUSED_MS + 1 } });
  });

  it("finds no room in an item of a newer version", () => {
    expect(applyWrite({ ...first, v: 2 } as unknown as DatabaseState, makeRoom())).toBeNull();
  });
});
