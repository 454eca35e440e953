/** The function of Lambda's contract. Elsewhere: deploy it (Node 24, handler `echo.handler`), and name it in CONTRACT_FUNCTION. */
export const handler = async (event, context) => {
  if (event.fail) throw new RangeError("as it was asked to");
  return { event, requestId: context.awsRequestId, hasTimeLeft: context.getRemainingTimeInMillis() > 0 };
};
