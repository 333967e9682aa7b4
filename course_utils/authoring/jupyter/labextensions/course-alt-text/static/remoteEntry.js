// JupyterLab shows a cell's pictures without alt text, whatever their metadata say. This extension
// gives them the text that the cell declares under "alt". It is written by hand in the form that
// JupyterLab loads (a module federation container), so that nothing has to be built.
const plugin = {
  id: "course-alt-text:plugin",
  autoStart: true,
  activate: (app) => {
    const describe = () => {
      for (const panel of app.shell.widgets("main")) {
        for (const cell of panel.content?.widgets ?? []) {
          const alt = cell.model?.getMetadata?.("alt");
          if (!alt) continue;
          for (const picture of cell.node.querySelectorAll(".jp-OutputArea img")) picture.alt = alt;
        }
      }
    };
    const isPicture = (node) => node.nodeName === "IMG" || node.querySelector?.("img");
    const watch = (changes) => {
      if (changes.some((change) => [...change.addedNodes].some(isPicture))) describe();
    };
    new MutationObserver(watch).observe(app.shell.node, { childList: true, subtree: true });
  },
};

var _JUPYTERLAB = globalThis._JUPYTERLAB ?? {};
_JUPYTERLAB["course-alt-text"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
