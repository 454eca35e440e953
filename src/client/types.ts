/** The client's types: from the generated operations to what a call takes and gives. */
import type { Operations } from "./api.ts";
import type { Progress } from "./wake.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The paths that a method has. */
export type PathsOf<M extends Method> = { [K in keyof Operations]: K extends `${M} ${infer Path}` ? Path : never }[keyof Operations];

/** The operation of a method and a path. */
export type At<M extends Method, Path extends string> = `${M} ${Path}` extends keyof Operations ? Operations[`${M} ${Path}`] : never;

/** What a call gives: the parsed body. */
export type ResultOf<M extends Method, Path extends string> = At<M, Path> extends { result: infer Result } ? Result : never;

/** The paths of lists: those that answer `{ items, next }`. */
export type ListPaths = {
  [Path in PathsOf<"GET">]: ResultOf<"GET", Path> extends { items: readonly unknown[]; next: string | null } ? Path : never;
}[PathsOf<"GET">];

export type ItemOf<Path extends string> = ResultOf<"GET", Path> extends { items: readonly (infer Item)[] } ? Item : never;

export interface WakeOptions {
  /** Hears how the wake goes: when it begins, and at each look. */
  onProgress?: (progress: Progress) => void;
  /** How long to wait for the database in all; 900 unless told: a start of RDS takes 2 to 15 minutes. */
  timeoutSeconds?: number;
}

export interface CallOptions {
  /** When the database sleeps: wake it, wait, and send the request again. Without it a sleeping database is an `ApiError` of the kind `database-asleep`. */
  wake?: boolean | WakeOptions;
  /** Ends the call, its waiting included; a wake that was asked for goes on in the service. */
  signal?: AbortSignal;
  /** Nobody waits for this request: it neither wakes the database nor keeps it awake. */
  background?: boolean;
  /** Made for each POST, PATCH and DELETE, and kept when it is sent again; give your own to repeat a call of an earlier run. */
  idempotencyKey?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Members of an operation as members of its options, optional where nothing in them is required. */
type Given<Operation, Name extends string> = Operation extends { [K in Name]: infer Value }
  ? Record<never, never> extends Value
    ? { [K in Name]?: Value }
    : { [K in Name]: Value }
  : Operation extends { [K in Name]?: infer Value }
    ? { [K in Name]?: Value }
    : unknown;

export type OptionsOf<M extends Method, Path extends string> = CallOptions &
  Given<At<M, Path>, "path"> &
  Given<At<M, Path>, "query"> &
  Given<At<M, Path>, "body"> &
  // The version that a change is meant for; another one meanwhile is an `ApiError` of the kind `changed-meanwhile`.
  (At<M, Path> extends { ifMatch: true } ? { ifMatch?: number } : unknown);

/** The options as an argument, which may be left out where none is required. */
export type Arguments<M extends Method, Path extends string> =
  Record<never, never> extends OptionsOf<M, Path> ? [options?: OptionsOf<M, Path>] : [options: OptionsOf<M, Path>];
