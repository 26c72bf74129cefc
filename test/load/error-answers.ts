import { reply, type Reply } from "../environment/scripted-server.ts";

/** What an F&O says about a package it has executed. */
export interface Answers {
  readonly status?: string;
  /** Label → created, updated. */
  readonly details: Readonly<Record<string, readonly [created: number, updated: number]>>;
  /** The value of GetExecutionErrors as it is; instead of `errors`. */
  readonly rawErrors?: string;
  /** Record id → message. */
  readonly errors?: readonly (readonly [recordId: string, message: string])[];
  /** Labels that F&O knows in this execution; default: all it is asked for. */
  readonly known?: readonly string[];
  readonly stagingFile?: string | Buffer;
  readonly keysFile?: string | Buffer;
}

/** An F&O that has executed the package and answers so. */
export function environmentThat(answers: Answers): Reply {
  const { known, details, errors = [], rawErrors, stagingFile, keysFile } = answers;
  const rows = Object.entries(details).map(([EntityName, [created, updated]]) => ({
    EntityName,
    StagingRecordsCreatedCount: created + updated,
    TargetRecordsCreatedCount: created,
    TargetRecordsUpdatedCount: updated,
  }));
  return (response, request) => {
    const { path, body, headers: sent } = request;
    const base = `http://${sent.host ?? ""}`;
    const answer = (value: unknown): void => {
      reply(200, { value })(response, request);
    };
    const file = (content: string | Buffer | undefined, name: string): void => {
      const { entityName } = JSON.parse(body) as { entityName: string };
      if (known?.includes(entityName) !== false) answer(content === undefined ? "" : `${base}/blobs/${name}`);
      else {
        const message = `Entity ${entityName} is not part of the execution.`;
        reply(400, { error: { message } })(response, request);
      }
    };
    if (path.includes("token"))
      reply(200, { access_token: "t", expires_in: 3600, token_type: "Bearer" })(response, request);
    else if (path.includes("JobDetails")) answer(rows.map((row) => ({ JobId: "the-execution", ...row })));
    else if (path.endsWith("GetImportStagingErrorFileUrl")) file(stagingFile, "staging");
    else if (path.endsWith("GetImportTargetErrorKeysFileUrl")) file(keysFile, "keys");
    else if (path.endsWith("GenerateImportTargetErrorKeysFile")) {
      const { entityName } = JSON.parse(body) as { entityName: string };
      if (known?.includes(entityName) !== false) answer(keysFile !== undefined);
      else reply(400, { error: { message: "No such entity." } })(response, request);
    } else if (path.endsWith("GetExecutionErrors")) {
      answer(
        rawErrors ??
          JSON.stringify(errors.map(([RecordId, ErrorMessage]) => ({ RecordId, Field: "", ErrorMessage }))),
      );
    } else {
      const content = Buffer.from((path.includes("staging") ? stagingFile : keysFile) ?? "");
      response.writeHead(200, { etag: "1", "content-length": String(content.length) });
      response.end(content);
    }
  };
}
