import tseslint from "typescript-eslint";

// One rule set for the whole tree. What is forbidden here is forbidden because it has bitten loaders
// before: a floating promise loses an error, a bare Error has no code a script could react to.
export default tseslint.config(
  // These are AssemblyScript, which its own compiler checks.
  {
    ignores: [
      "src/source/kernel/",
      "src/package/deflate/",
      "node_modules/",
      "dist/",
      ".dmfpipe/",
      "coverage/",
    ],
  },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/errors/clock.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='Error']",
          message: "Throw a DmfpipeError with a code: every error names what to do next.",
        },
        { selector: "ExportDefaultDeclaration", message: "No default exports." },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: "The clock is read in src/errors/clock.ts only.",
        },
      ],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "exit", message: "Set process.exitCode in src/cli/program.ts." },
      ],
    },
  },
);
