import type { NotificationSettings } from "../../project/notification.ts";
import {
  countsText,
  facts,
  listedEntities,
  type NotificationContent,
  type NotifiedEntity,
} from "./notification-content.ts";

/** The body of the request, as JSON, in the form the receiver takes. */
export function notificationBody(
  content: NotificationContent,
  format: NotificationSettings["format"],
): string {
  switch (format) {
    case "teams":
      return JSON.stringify(teamsMessage(content));
    case "slack":
      return JSON.stringify(slackMessage(content));
    case "json":
      return JSON.stringify(content);
    default:
      return format satisfies never;
  }
}

/**
 * A message with one adaptive card, as the webhook trigger of a Teams workflow takes it (Microsoft's documentation of
 * incoming webhooks with Workflows). Version 1.4 of adaptive cards is what Teams shows everywhere.
 */
function teamsMessage(content: NotificationContent): object {
  const factSet = (pairs: readonly (readonly [string, string])[]): object => ({
    type: "FactSet",
    facts: pairs.map(([title, value]) => ({ title, value })),
  });
  const { entityLines, rest } = lines(content);
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            {
              type: "TextBlock",
              text: content.title,
              weight: "Bolder",
              size: "Medium",
              color: content.good ? "Good" : "Attention",
              wrap: true,
            },
            factSet(facts(content)),
            ...(entityLines.length === 0 ? [] : [factSet(entityLines)]),
            ...(rest === undefined ? [] : [{ type: "TextBlock", text: rest, isSubtle: true, wrap: true }]),
          ],
        },
      },
    ],
  };
}

/** Slack shows no more than this of one text (its documentation of blocks: 150 of a header, 3000 of a section). */
const longestHeader = 150;
const longestSection = 3000;

/** Blocks of Slack; `text` is what its notifications on a phone show. */
function slackMessage(content: NotificationContent): object {
  const section = (text: string): object => ({
    type: "section",
    text: { type: "mrkdwn", text: shortened(text, longestSection) },
  });
  const { entityLines, rest } = lines(content);
  const bold = ([name, value]: readonly [string, string]): string => `*${escaped(name)}*: ${escaped(value)}`;
  return {
    text: escaped(content.title),
    blocks: [
      { type: "header", text: { type: "plain_text", text: shortened(content.title, longestHeader) } },
      section(facts(content).map(bold).join("\n")),
      ...(entityLines.length === 0 ? [] : [section(entityLines.map(bold).join("\n"))]),
      ...(rest === undefined
        ? []
        : [{ type: "context", elements: [{ type: "mrkdwn", text: escaped(rest) }] }]),
    ],
  };
}

function lines(content: NotificationContent): {
  readonly entityLines: readonly (readonly [string, string])[];
  readonly rest: string | undefined;
} {
  const { listed, others } = listedEntities(content);
  const { totals, balanced } = content;
  const name = ({ entity, legalEntity }: NotifiedEntity): string => `${entity} ${legalEntity}`;
  const entityLines = listed.map((entity) => [name(entity), countsText(entity)] as const);
  const total =
    totals === undefined || entityLines.length < 2
      ? []
      : [["Total", countsText({ ...totals, balanced: balanced === true })] as const];
  return {
    entityLines: [...total, ...entityLines],
    rest: others === 0 ? undefined : `${others} more are in the report.`,
  };
}

/** What Slack would take for markup. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
