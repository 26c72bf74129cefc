import { reply, scriptedServer, type Reply, type ScriptedServer } from "./scripted-server.ts";

/** Answers by path (decoded, without query); what is not listed is 404, as F&O says it. */
export async function metadataServer(answers: Readonly<Record<string, unknown>>): Promise<ScriptedServer> {
  const route: Reply = (response, request) => {
    const { pathname } = new URL(request.path, "http://host");
    const path = decodeURIComponent(pathname);
    if (path.endsWith("/token")) {
      reply(200, { access_token: "t", expires_in: 3600 })(response, request);
      return;
    }
    const answer = answers[path];
    const chosen = typeof answer === "function" ? (answer as Reply) : undefined;
    const fallback =
      answer === undefined ? reply(404, { Message: `No HTTP resource: ${path}` }) : reply(200, answer);
    (chosen ?? fallback)(response, request);
  };
  return await scriptedServer(route);
}

/** A property as /metadata/PublicEntities has it. */
export function property(Name: string, changes: Readonly<Record<string, unknown>> = {}): object {
  return {
    ...{ Name, TypeName: "Edm.String", DataType: "String", LabelId: null, IsKey: false, IsMandatory: false },
    ...{ ConfigurationEnabled: true, AllowEdit: true, AllowEditOnCreate: true },
    ...changes,
  };
}

/** A row of DataManagementTargetMapEntities. */
export function stagingRow(StagingField: string, FieldLength: number, changes: object = {}): object {
  return { StagingField, FieldLength, IsRequired: "No", IsSystem: "No", ...changes };
}
