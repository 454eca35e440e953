/** EventBridge's rules, as far as system.json declares them: an event goes to every function whose pattern it matches. There is no endpoint. */
import type { System } from "../src/system.ts";
import { mailSet, prefix } from "./gate.ts";

/**
 * Hands the event to `invoke` once for each function that has a rule which matches. Throws for a pattern that this reads otherwise than EventBridge
 * would: only exact values (text, numbers, true, false, null) and `{"prefix": …}` are known. `database:id`, `bucket:x` and `mail:configurationSet` stand for names.
 */
export async function deliver(system: System, event: unknown, invoke: (functionName: string, event: unknown) => unknown): Promise<void> {
  for (const [name, fn] of Object.entries(system.functions)) {
    for (const key of fn.events) {
      const rule = system.events[key];
      if (rule && matches(rule.pattern, event)) await invoke(name, event);
    }
  }
}

/** A pattern's fields must all be there; of each list one value must be the field's, or one of the field's values when that is a list as well. */
export function matches(pattern: Record<string, unknown>, event: unknown): boolean {
  if (typeof event !== "object" || event === null) return false;
  return Object.entries(pattern).every(([field, wanted]) => {
    const found: unknown = Object.hasOwn(event, field) ? Reflect.get(event, field) : undefined;
    if (Array.isArray(wanted)) {
      const tests = wanted.map((value) => valueTest(field, value));
      return (Array.isArray(found) ? found : [found]).some((value) => tests.some((test) => test(value)));
    }
    if (typeof wanted !== "object" || wanted === null) throw new Error(`The pattern of "${field}" must be a list or an object.`);
    return matches(wanted as Record<string, unknown>, found);
  });
}

function valueTest(field: string, wanted: unknown): (value: unknown) => boolean {
  if (typeof wanted === "object" && wanted !== null) {
    const start = Object.keys(wanted).length === 1 && "prefix" in wanted ? wanted.prefix : undefined;
    if (typeof start === "string") return (value) => typeof value === "string" && value.startsWith(start);
    throw new Error(`The pattern of "${field}" has an operator that the local platform does not know: ${JSON.stringify(wanted)}`);
  }
  const name =
    wanted === "database:id"
      ? prefix
      : wanted === "mail:configurationSet"
        ? mailSet
        : typeof wanted === "string"
          ? wanted.replace(/^bucket:/, `${prefix}-`)
          : wanted;
  return (value) => value === name;
}
