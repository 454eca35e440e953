/** Which route of an HTTP API a request takes: the most exact one, as API Gateway picks it (full match, then parameters, then `$default`). */

export interface Route<T> {
  method: string;
  /** e.g. `/database/leases/{id}`, or `$default`. */
  path: string;
  target: T;
}

export interface Match<T> {
  route: Route<T>;
  /** e.g. `GET /database/leases/{id}`. */
  routeKey: string;
  parameters: Record<string, string>;
}

/** null: there is no route, and no `$default`. `path` is as it came, without the query. */
export function findRoute<T>(routes: Route<T>[], method: string, path: string): Match<T> | null {
  let best: { match: Match<T>; score: number } | null = null;
  for (const route of routes) {
    if (route.path === "$default") continue;
    if (route.method !== method && route.method !== "ANY") continue;
    const parameters = fits(route.path, path);
    if (!parameters) continue;
    const score = Object.keys(parameters).length * 2 + (route.method === "ANY" ? 1 : 0);
    if (!best || score < best.score) best = { match: { route, routeKey: `${route.method} ${route.path}`, parameters }, score };
  }
  if (best) return best.match;
  const fallback = routes.find((route) => route.path === "$default");
  return fallback ? { route: fallback, routeKey: "$default", parameters: {} } : null;
}

function fits(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    const name = /^\{([^}]+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== value) return null;
      continue;
    }
    if (value === "") return null;
    try {
      parameters[name] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return parameters;
}
