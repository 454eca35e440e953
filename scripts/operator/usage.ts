/** A mistake on the command line: the usage is printed with it. */
export class UsageError extends Error {
  override name = "UsageError";
}
