/** Replies of the query protocol. The SDK's own schemas write the XML, so what the SDK reads is what it would read from AWS. Plumbing of the SDK: pinned, and guarded by test/contract. */
import { DBInstanceMessage$, DBSnapshotMessage$, PendingMaintenanceActionsMessage$, StartDBInstanceResult$, StopDBInstanceResult$ } from "@aws-sdk/client-rds";
import { XmlShapeSerializer } from "@aws-sdk/core/protocols";
import type { Action } from "./model.ts";

const namespace = "http://rds.amazonaws.com/doc/2014-10-31/";

const schemas = {
  DescribeDBInstances: DBInstanceMessage$,
  StartDBInstance: StartDBInstanceResult$,
  StopDBInstance: StopDBInstanceResult$,
  DescribeDBSnapshots: DBSnapshotMessage$,
  DescribePendingMaintenanceActions: PendingMaintenanceActionsMessage$,
} satisfies Record<Action, unknown>;

/** 5 is smithy's sentinel for date-time, the query protocol's format of a timestamp. */
const settings = {
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
  xmlNamespace: namespace,
  serviceNamespace: "com.amazonaws.rds",
} as const;

export function answerXml(action: Action, result: unknown, requestId: string): string {
  const serializer = new XmlShapeSerializer(settings);
  serializer.write(schemas[action], result);
  const xml = String(serializer.flush());
  // The serializer names the root by its shape; on the wire it is named by the action.
  const members = xml.slice(xml.indexOf(">") + 1, xml.lastIndexOf("</"));
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `<${action}Response xmlns="${namespace}"><${action}Result>${members}</${action}Result>${metadata}</${action}Response>`;
}

export function errorXml(code: string, message: string, requestId: string): string {
  const error = `<Error><Type>Sender</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : "&gt;"));
}
