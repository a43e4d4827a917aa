// The arrows of engine/ARCHITECTURE.md, checked. Each rule says why it is there.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "core-is-pure",
      comment: "The core is replayed from a journal: nothing from outside may be reachable.",
      severity: "error",
      from: { path: "^engine/core/", pathNot: "[.]test[.]ts$" },
      to: { pathNot: "^engine/core/" },
    },
    {
      name: "auditor-is-apart",
      comment: "It judges the core by what comes out of it, so it may share no rule with it.",
      severity: "error",
      from: { path: "^engine/core/audit/", pathNot: "[.]test[.]ts$" },
      to: { pathNot: "^engine/core/(audit/|(command|debug-state|event|fact|ids)[.]ts$)" },
    },
    {
      name: "core-does-not-know-the-auditor",
      severity: "error",
      from: { path: "^engine/core/", pathNot: "^engine/core/audit/|[.]test[.]ts$" },
      to: { path: "^engine/core/audit/" },
    },
    {
      name: "wire-and-config-know-core-types-only",
      comment: "They describe what crosses a border and must load everywhere.",
      severity: "error",
      from: { path: "^engine/(wire|config)/", pathNot: "[.]test[.]ts$" },
      to: { path: "^(engine/(shell|edge|demo|tools)|softphone|test)/" },
    },
    {
      name: "edge-stands-alone",
      comment: "The edge outlives the engine, so it may share only the border's schemas.",
      severity: "error",
      from: { path: "^engine/edge/", pathNot: "[.]test[.]ts$" },
      to: { path: "^(engine/(core|shell|config|demo|tools)|softphone|test)/" },
    },
    {
      name: "edge-sip-and-media-are-apart",
      comment: "SIP and media meet in the edge's composition root only.",
      severity: "error",
      from: { path: "^engine/edge/sip/", pathNot: "[.]test[.]ts$" },
      to: { path: "^engine/edge/media/" },
    },
    {
      name: "shell-does-not-reach-the-edge",
      comment: "The edge is another process; the carrier-grade one is not even ours.",
      severity: "error",
      from: { path: "^engine/shell/", pathNot: "[.]test[.]ts$" },
      to: { path: "^(engine/(edge|demo|tools)|softphone|test)/" },
    },
    {
      name: "nothing-imports-a-composition-root",
      severity: "error",
      from: {},
      to: { path: "^engine/(main|launch|edge/main|edge/standalone|demo/main)[.]ts$" },
    },
    {
      name: "wiring-belongs-to-main",
      comment: "Parts of the engine's composition root: nobody else may know all shells.",
      severity: "error",
      from: { pathNot: "^engine/(main[.]ts|wiring/)" },
      to: { path: "^engine/wiring/" },
    },
    {
      name: "softphone-sees-the-wire-only",
      comment: "The page shows what the engine decides.",
      severity: "error",
      from: { path: "^softphone/", pathNot: "[.]test[.]tsx?$" },
      to: { path: "^engine/", pathNot: "^engine/wire/" },
    },
    {
      name: "sip-js-has-one-home",
      comment: "Tests may take it as a foreign peer.",
      severity: "error",
      from: { pathNot: "^(softphone/phone/|test/)" },
      to: { path: "node_modules/sip[.]js" },
    },
    {
      name: "drachtio-has-one-home",
      severity: "error",
      from: { path: "^engine/", pathNot: "^(engine/shell/sip/|.*[.]test[.]ts$)" },
      to: { path: "node_modules/drachtio-srf" },
    },
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|data|coverage)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node"],
    },
  },
};
