import type { Action, ActionContext, ActionParameters } from "./action-context.ts";
import { stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import type { MessageState } from "./recurring-store.ts";

/** Actions about messages of the recurring integrations. A message id is no execution id. */
export const messageActions: Readonly<Record<string, Action>> = {
  GetMessageStatus: getMessageStatus,
  GetExecutionIdByMessageId: getExecutionIdByMessageId,
};

const noExecution = "00000000-0000-0000-0000-000000000000";

/** Source: Microsoft's documentation; that Downloaded is told as Dequeued is an assumption. */
const statusWords: Readonly<Record<MessageState, string>> = {
  Enqueued: "Enqueued",
  Dequeued: "Dequeued",
  Downloaded: "Dequeued",
  Acked: "Acked",
  PreProcessing: "Preprocessing",
  InProcess: "Processing",
  Processed: "Processed",
  PreProcessError: "PreProcessingError",
  ProcessedWithErrors: "ProcessedWithErrors",
  PostProcessError: "PostProcessingFailed",
};

function getMessageStatus({ recurring }: ActionContext, parameters: ActionParameters): string {
  const messageId = stringParameter(parameters, "messageId");
  const message = recurring.find(messageId);
  if (message === undefined) throw new ActionRefused(`The message ${messageId} does not exist.`);
  return statusWords[message.state];
}

/** Zeros as long as no execution has begun, as public issues report. */
function getExecutionIdByMessageId({ recurring }: ActionContext, parameters: ActionParameters): string {
  const message = recurring.find(stringParameter(parameters, "_messageId"));
  return message === undefined || message.executionId === "" ? noExecution : message.executionId;
}
