import { ApiError, createClient } from "../../src/client/index.ts";

export async function example(baseUrl: string, token: () => Promise<string>, log: (line: string) => void): Promise<void> {
  const dormouse = createClient({ baseUrl, token });

  // Wakes the database when it sleeps, says how that goes, and then does what was asked for.
  const lunch = await dormouse.post("/categories", {
    body: { name: "Lunch" },
    wake: { onProgress: ({ phase, waitedSeconds }) => log(`${phase} after ${Math.round(waitedSeconds)} s`) },
  });
  const expense = await dormouse.post("/expenses", {
    body: { amount: "12.50", currency: "EUR", occurredOn: "2026-11-20", categoryId: lunch.id, merchant: "Diner" },
  });

  // Only if nobody else has changed it meanwhile.
  await dormouse.patch("/expenses/{id}", { path: { id: expense.id }, body: { amount: "13.00" }, ifMatch: expense.version });
  try {
    await dormouse.patch("/expenses/{id}", { path: { id: expense.id }, body: { amount: "14.00" }, ifMatch: expense.version });
  } catch (error) {
    if (!(error instanceof ApiError) || !error.is("changed-meanwhile")) throw error;
    log(`it has version ${error.problem.version} now`);
  }

  for await (const { merchant, amount, currency } of dormouse.list("/expenses", { query: { from: "2026-11-01", to: "2026-11-30" } })) {
    log(`${merchant}: ${amount} ${currency}`);
  }
}
