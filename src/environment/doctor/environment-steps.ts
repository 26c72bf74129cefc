import type { Clock } from "../../errors/clock.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { excerpt } from "../http-policy.ts";
import { failedWith, findingOf, type Examination, type Finding } from "./examination.ts";
import type { Tools } from "./tools.ts";

/** Entra and F&O stand five minutes of difference between clocks; beyond that tokens and SAS are refused. */
const skewLimitMs = 5 * 60_000;
const skewWarningMs = 60_000;

/** Whether F&O answers at all, and what its clock says. Asked without a token: this must work for anybody. */
export async function examineAnswer(examination: Examination, tools: Tools, clock: Clock): Promise<boolean> {
  let ownMs = 0;
  let theirs: string | undefined;
  const answers = await examination.step("answer", "Environment: answers", async () => {
    const { url } = tools.connection;
    const sentMs = clock.now();
    const answer = await tools.http.send({
      method: "GET",
      url: `${url}/data/`,
      purpose: "Asking the environment for a sign of life",
      effect: "repeatable",
      timeoutMs: 60_000,
      maxBytes: 10_000_000,
    });
    ownMs = (sentMs + clock.now()) / 2;
    theirs = [answer.headers["date"]].flat()[0];
    // Without a token F&O answers 401, or sends browsers to the sign-in page.
    if (answer.status === 404) {
      return failedWith(
        "DMFP-HTTP-REFUSED",
        `${url}/data/ answers HTTP 404: ${excerpt(answer.text)}`,
        "Check url of the environment in project.yaml: cloud environments have no path, on-premises ones end with /namespaces/AXSF.",
      );
    }
    return { state: "ok", message: `${url} answers HTTP ${answer.status} to who has no token.` };
  });
  if (!answers) {
    examination.skip("clock", "Clock", "The environment did not answer.");
    return false;
  }
  await examination.step("clock", "Clock", () => clockFinding(ownMs, theirs));
  return true;
}

function clockFinding(ownMs: number, theirs: string | undefined): Finding {
  const theirMs = Date.parse(theirs ?? "");
  if (Number.isNaN(theirMs)) return { state: "skipped", message: "The answer carries no date." };
  // The date of an answer has whole seconds.
  const skewMs = ownMs - theirMs - 500;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const message = `This machine's clock is ${seconds} s ${skewMs < 0 ? "behind" : "ahead of"} the environment's.`;
  if (Math.abs(skewMs) <= skewWarningMs) return { state: "ok", message };
  const fix = "Have the clock set by NTP: timedatectl set-ntp true";
  return Math.abs(skewMs) > skewLimitMs
    ? {
        state: "warning",
        message: `${message} Certificates, tokens and upload addresses may be refused.`,
        fix,
      }
    : { state: "warning", message, fix };
}

/** Whether F&O knows the application, and whether the user behind it may use data management. */
export async function examineAccess(examination: Examination, tools: Tools): Promise<boolean> {
  const { odata, tokens } = tools;
  let refused: Finding | undefined;
  const registered = await examination.step("registration", "Registration in F&O", async () => {
    const client = tokens.clientId ?? "(not told)";
    try {
      const result = await odata.call({
        method: "GET",
        path: "DataManagementDefinitionGroups?$top=1&$select=Name",
        purpose: "Reading the data projects",
        effect: "repeatable",
      });
      if (!result.ok) throw new DmfpipeError("DMFP-HTTP-REFUSED", `Data projects: ${result.refusal.message}`);
    } catch (thrown) {
      const finding = findingOf(thrown);
      if (finding.code === "DMFP-AUTH-NOT-REGISTERED") {
        return {
          ...finding,
          message: `The environment does not accept the token of client ${client}.`,
          fix: `System administration > Setup > Microsoft Entra applications: add ${client} with a user.`,
        };
      }
      if (finding.code !== "DMFP-AUTH-ROLE") throw thrown;
      refused = finding;
    }
    return { state: "ok", message: `Client ${client} is known to the environment.` };
  });
  if (!registered) {
    examination.skip("role", "Role", "Only a registered application has a user with roles.");
    return false;
  }
  return await examination.step("role", "Role", () => {
    if (refused === undefined) return { state: "ok", message: "Its user may use data management." };
    const fix =
      "Give the user of the application (Microsoft Entra applications form) the role Data management operations user, and the privileges of the entities you load.";
    return { ...refused, fix };
  });
}
