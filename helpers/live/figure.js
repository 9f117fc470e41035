// Shows an explorer's picture and swaps the parts of it that moved. `open` knows no kernel: whatever calls the
// function that it returns, a kernel's message or a page with frames made ahead, moves the picture.

const STYLE = `
  :host { display: block; container-type: inline-size; }
  .panels { display: flex; flex-wrap: wrap; justify-content: center; background: white; border-radius: 4px; }
  .panels > svg { flex: 1 1 20rem; min-width: 0; max-width: 40rem; width: 100%; height: auto; }
  @container (max-width: 40rem) { .panels > svg { flex-basis: 100%; } }
  p { margin: 0.4em 0; font: 16px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
      color: var(--jp-ui-font-color1, currentColor); }
  p:empty { display: none; }
  .error { padding: 0.5em; border: 2px solid #b00020; white-space: pre-wrap; overflow-wrap: anywhere;
           background: white; color: #b00020; }
`;

function open(host, state) {
  const root = host.attachShadow({ mode: "open" }); // ids inside SVG stay private to this picture
  root.innerHTML = `<style>${STYLE}</style><div class="panels" role="img"></div>
    <p class="status" role="status" aria-live="polite"></p><p class="error" role="alert"></p>`;
  const panels = root.querySelector(".panels");
  panels.innerHTML = state.panels.join("");
  for (const svg of panels.children) {
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true");
  }
  const move = ({ fragments, description, error }) => {
    for (const [id, markup] of Object.entries(fragments)) {
      root.getElementById(id).innerHTML = markup;
    }
    root.querySelector(".status").textContent = description;
    root.querySelector(".error").textContent = error;
    panels.setAttribute("aria-label", `${state.label}. ${description}`);
  };
  move({ ...state, fragments: {} });
  return move;
}

// What has moved since the model was made, so that a second view of it opens up to date.
const moved = new WeakMap();

export default {
  initialize({ model }) {
    moved.set(model, { fragments: {} });
    model.on("msg:custom", (message) => {
      const latest = moved.get(model);
      moved.set(model, { ...message, fragments: { ...latest.fragments, ...message.fragments } });
    });
  },
  render({ model, el }) {
    const state = model.get("state");
    const move = open(el.appendChild(document.createElement("div")), state);
    move({ ...state, ...moved.get(model) });
    model.on("msg:custom", move);
    return () => model.off("msg:custom", move);
  },
};
