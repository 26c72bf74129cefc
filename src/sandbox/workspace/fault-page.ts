import type { Fault } from "../fault-plan.ts";
import type { SandboxAnswer } from "../http-exchange.ts";
import { html, type Html } from "./html.ts";
import { link, pageAnswer } from "./page-frame.ts";
import { formatCount, formatTime } from "./words.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

const hitsShown = 500;

/** The planned faults, those that fired, and the executions one of them holds. */
export function faultPage({ base, faults, queue }: WorkspaceContext): SandboxAnswer {
  const planned = faults.planned();
  const fired = faults.fired();
  const held = queue.held();
  return pageAnswer(
    {
      title: "Faults",
      content: [
        html`<p class="lead">
          Failures this sandbox was told to play. Another one is planned with
          <code>curl ${base}/__sandbox/faults -d '{"on":"token","status":500}'</code>
        </p>`,
        html`<h2>Planned</h2>`,
        planned.length === 0
          ? html`<p class="empty">Nothing is planned.</p>`
          : table(
              ["On", "Fault", "Calls", "Hits"],
              planned.map(
                ({ fault, calls, hits }) =>
                  html`<tr>
                    <th scope="row">${fault.on}</th>
                    <td data-label="Fault"><code>${effect(fault)}</code></td>
                    <td data-label="Calls" class="number">${formatCount(calls)}</td>
                    <td data-label="Hits" class="number">${formatCount(hits)}</td>
                  </tr>`,
              ),
            ),
        html`<h2>Fired</h2>`,
        fired.length === 0
          ? html`<p class="empty">Nothing has fired yet.</p>`
          : table(
              ["Request", "Fault", "Call", "At"],
              fired
                .slice(-hitsShown)
                .reverse()
                .map(
                  ({ operation, fault, call, at }) =>
                    html`<tr>
                      <th scope="row">${operation}</th>
                      <td data-label="Fault"><code>${effect(fault)}</code></td>
                      <td data-label="Call" class="number">${formatCount(call)}</td>
                      <td data-label="At" class="number">${formatTime(at)}</td>
                    </tr>`,
                ),
            ),
        html`<h2>Held executions</h2>`,
        held.length === 0
          ? html`<p class="empty">No execution is held.</p>`
          : html`<ul class="card log">
              ${held.map((id) => html`<li><a href="${link("execution", { id })}">${id}</a></li>`)}
            </ul>`,
      ],
    },
    "/workspace/faults",
  );
}

/** The two last columns are numbers and times. */
function table(columns: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="card scroll">
    <table class="stack">
      <thead>
        <tr>
          ${columns.map((name, index) => html`<th class="${index > 1 ? "number" : ""}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function effect(fault: Fault): string {
  return Object.entries(fault)
    .filter(([name]) => name !== "on")
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ");
}
