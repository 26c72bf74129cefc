import { ClientCertificateCredential, ClientSecretCredential } from "@azure/identity";

/** Entry of a process that signs in with @azure/identity and reads from the sandbox; told what to do by one argument. */
interface Task {
  readonly kind: "secret" | "certificate";
  readonly url: string;
  readonly authorityHost: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientCertificateFile: string;
  readonly disableInstanceDiscovery: boolean;
}

const task = JSON.parse(process.argv[2] ?? "") as Task;
const { authorityHost, tenant, clientId, disableInstanceDiscovery } = task;
const options = {
  authorityHost,
  disableInstanceDiscovery,
  additionalPolicies: [
    {
      position: "perCall" as const,
      // The library always sends instance discovery to Microsoft's public cloud: here that is the sandbox.
      policy: {
        name: "public cloud",
        sendRequest: async (
          request: { url: string },
          next: (request: never) => Promise<never>,
        ): Promise<never> => {
          request.url = request.url.replace("https://login.microsoftonline.com", authorityHost);
          return next(request as never);
        },
      },
    },
  ],
};
const credential =
  task.kind === "secret"
    ? new ClientSecretCredential(tenant, clientId, task.clientSecret, options)
    : new ClientCertificateCredential(tenant, clientId, task.clientCertificateFile, options);
const { token } = await credential.getToken(`${task.url}/.default`);
const answer = await fetch(`${task.url}/data/DataManagementDefinitionGroups`, {
  headers: { authorization: `Bearer ${token}` },
});
process.stdout.write(JSON.stringify({ tokens: [token], status: answer.status }));
