import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { withEntity } from "../../src/project/entity-list.ts";

describe("adding a mapping to project.yaml", () => {
  test.each([
    ["a list of lines", "# c\nentities:\n  - a.yaml # first\n  # why\n  - b.yaml\n\nenvironments: {}\n"],
    ["a list without indentation", "entities:\n- a.yaml\n- b.yaml\nenvironments: {}\n"],
    ["a list in brackets", "entities: [a.yaml, b.yaml] # both\nenvironments: {}\n"],
    ["brackets over several lines", "entities: [\n  a.yaml,\n  b.yaml,\n]\nenvironments: {}\n"],
    ["Windows line ends", "entities:\r\n  - a.yaml\r\n  - b.yaml\r\nenvironments: {}\r\n"],
    ["the end of a file without a line end", "environments: {}\nentities:\n  - a.yaml\n  - b.yaml"],
  ])("%s keeps everything else", (_name, text) => {
    const added = withEntity(text, "vendors.yaml");
    expect(parse(added)).toEqual({ entities: ["a.yaml", "b.yaml", "vendors.yaml"], environments: {} });
    // Nothing of the text is gone, and nothing moved.
    let at = 0;
    for (const line of text.split(/[\n\r\]]/)) {
      const found = added.indexOf(line, at);
      expect(found, line).toBeGreaterThanOrEqual(0);
      at = found;
    }
    expect(withEntity(added, "vendors.yaml")).toBe(added);
  });

  test.each([
    ["an empty list", "entities: [] # none yet\nproject: x\n"],
    ["a list with nothing in it", "entities:\nproject: x\n"],
    ["no list at all", "project: x\n"],
  ])("%s gets its first entry", (_name, text) => {
    expect(parse(withEntity(text, "vendors.yaml"))).toEqual({ entities: ["vendors.yaml"], project: "x" });
  });

  test("a name that needs quotes gets them", () => {
    expect(parse(withEntity("entities: []\n", "sub folder/#1.yaml"))).toEqual({
      entities: ["sub folder/#1.yaml"],
    });
  });
});
