/** DynamoDB's conditional writes. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";

/** Whether a write was taken; false: refused by its condition. Throws whatever else went wrong. */
export async function taken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
