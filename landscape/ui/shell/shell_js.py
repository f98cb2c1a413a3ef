"""What the browser does: the keys, the list of them, the document's title, and notifications on request."""

HTML = """
<button type="button" class="shell-help" aria-label="Shortcuts and notifications" title="Shortcuts (?)">?</button>
<dialog class="shell-dialog" aria-labelledby="shell-title">
  <h2 id="shell-title">Keyboard shortcuts</h2>
  <ul class="shell-list"></ul>
  <label><input type="checkbox" class="shell-keys"> Shortcuts are on</label>
  <label><input type="checkbox" class="shell-notify"> Notify me when a run ends and I look at something else</label>
  <p class="shell-said" role="status"></p>
  <button type="button" class="shell-close">Close</button>
</dialog>
"""

CSS = """
.shell-help {
  position: fixed; right: 14px; bottom: 14px; z-index: 90; width: 30px; height: 30px; border-radius: 15px;
  border: 1px solid var(--st-border-color); background: var(--st-secondary-background-color);
  color: var(--st-text-color); font: 600 15px var(--st-font); cursor: pointer; opacity: .75;
}
.shell-help:hover, .shell-help:focus-visible { opacity: 1; }
@media (max-width: 640px), print { .shell-help { display: none; } }
.shell-dialog {
  border: 1px solid var(--st-border-color); border-radius: 10px; padding: 20px 26px; max-width: 36rem;
  color: var(--st-text-color); background: var(--st-background-color); font: 15px/1.5 var(--st-font);
}
.shell-dialog::backdrop { background: rgba(0, 0, 0, .35); }
.shell-dialog h2 { font-size: 20px; margin: 0 0 10px; padding: 0; }
.shell-list { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 24px; margin: 0; padding: 0; list-style: none; }
.shell-list li { margin: 0; font-size: 14px; }
@media (max-width: 640px) { .shell-list { grid-template-columns: 1fr; } }
.shell-dialog kbd {
  border: 1px solid var(--st-border-color); border-radius: 4px; padding: 0 6px;
  background: var(--st-secondary-background-color); font: 13px var(--st-code-font);
}
.shell-dialog label { display: flex; gap: 8px; margin-top: 10px; }
.shell-said { min-height: 1.5em; margin: 6px 0; font-size: 13px; }
.shell-close {
  border: 1px solid var(--st-border-color); border-radius: 6px; padding: 4px 14px; cursor: pointer;
  color: var(--st-text-color); background: var(--st-secondary-background-color); font: inherit;
}
"""

JS = """
const KEYS = "landscape.shortcuts", NOTIFY = "landscape.notify";
const kept = window.__landscapeShell ??= { told: new Set() };
const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window */ } };
const isOn = () => stored(KEYS) !== "off";

export default function ({ data, parentElement, setTriggerValue }) {
  const around = parentElement.closest('[data-testid="stLayoutWrapper"]');  // of the fragment, which holds nothing else
  if (around) Object.assign(around.style, { position: "absolute", width: "0", height: "0" });  // it moves nothing
  const dialog = parentElement.querySelector(".shell-dialog");
  const press = makePress(data, dialog, setTriggerValue);
  fill(dialog, data.go);
  parentElement.querySelector(".shell-help").onclick = () => open(dialog);
  tell(data.notes);
  document.removeEventListener("keydown", kept.press);
  kept.press = press;
  document.addEventListener("keydown", press);
  clearInterval(kept.timer);
  if (data.every) kept.timer = setInterval(() => setTriggerValue("look", Date.now()), data.every);
  return () => { document.removeEventListener("keydown", press); clearInterval(kept.timer); };
}

function makePress(data, dialog, setTriggerValue) {
  let began = 0;  // when g was pressed, ms
  const pages = Object.fromEntries(data.go.map(([, key]) => [key, key]));
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape" && isOn() && !dialog.open && !isWriting(event.target)) {
      click(event, keyed("leave-lecture"));
    }
    if (isTyping(event.target) || document.querySelector('[role="dialog"]') || dialog.open) return;
    if (event.key === "?") { event.preventDefault(); open(dialog); return; }  // always: it is where keys are turned on
    if (!isOn()) return;
    const after = Date.now() - began < 1500;
    began = 0;
    if (after && pages[event.key]) { event.preventDefault(); setTriggerValue("page", event.key); return; }
    if (event.key === "g") began = Date.now();
    else if (event.key === "m") click(event, mainButton());
    else if (event.key === "c") click(event, named("Cancel"));
    else if (event.key === "v") click(event, keyed("lecture") ?? keyed("leave-lecture"));
    else if (event.key === "/") {
      event.preventDefault();
      const field = document.querySelector(`input[aria-label="${data.search}"]`);
      if (field) field.focus(); else { setTriggerValue("page", "r"); focusSearch(data.search, 60); }
    }
  };
}

function isTyping(target) {  // also a table, whose cells are written in, and whatever takes letters itself
  const own = "input, textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], " +
    "[role=menu], [role=slider], [role=grid], canvas, .js-plotly-plot";
  return target instanceof Element && target.closest(own) !== null;
}
function isWriting(target) {  // where Escape means something else
  return target instanceof Element && target.closest("input, textarea, select, [role=combobox], [role=listbox], " +
    "[role=menu], [role=dialog]") !== null;
}
function keyed(key) { return document.querySelector(`.st-key-${key} button`); }  // a button, by its key on the page
function buttons() {
  return [...document.querySelectorAll("button")].filter((one) => !one.disabled && one.offsetParent !== null);
}
function mainButton() {
  return buttons().find((one) => one.dataset.testid === "stBaseButton-primary" &&
    !one.closest('[data-testid="stDownloadButton"]'));
}
function named(text) { return buttons().find((one) => one.innerText.trim().split("\\n").pop() === text); }
function focusSearch(label, left) {  // the page may take some seconds
  const field = document.querySelector(`input[aria-label="${label}"]`);
  if (field) field.focus();
  else if (left) setTimeout(() => focusSearch(label, left - 1), 250);
}
function click(event, button) { if (button) { event.preventDefault(); button.click(); } }

function fill(dialog, go) {
  const rows = [["m", "the main button: measure, inspect …"], ["c", "cancel what is measured"],
    ["/", "search the runs"], ["v", "Learn: the lecturer's view"], ["Escape", "leave that view"],
    ["?", "this list"], ...go.map(([first, key, title]) => [`${first} ${key}`, title])];
  dialog.querySelector(".shell-list").replaceChildren(...rows.map(([keys, what]) => {
    const line = document.createElement("li");
    keys.split(" ").forEach((key, index) => {
      if (index) line.append(" then ");
      line.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    });
    line.append(` ${what}`);
    return line;
  }));
  const keys = dialog.querySelector(".shell-keys"), notify = dialog.querySelector(".shell-notify");
  const said = dialog.querySelector(".shell-said");
  const can = "Notification" in window;
  keys.checked = isOn();
  keys.onchange = () => {
    store(KEYS, keys.checked ? "on" : "off");
    said.textContent = keys.checked ? "" : "Off, in this browser. The key ? still shows this list.";
  };
  notify.disabled = !can;
  notify.checked = can && stored(NOTIFY) === "on" && Notification.permission === "granted";
  notify.onchange = async () => {  // only here is permission asked for
    const granted = notify.checked && (await Notification.requestPermission()) === "granted";
    if (notify.checked && !granted) said.textContent = "The browser does not allow it: see the settings of this site.";
    notify.checked = granted;
    store(NOTIFY, granted ? "on" : "off");
  };
  dialog.querySelector(".shell-close").onclick = () => dialog.close();
}
function open(dialog) { if (!dialog.open) dialog.showModal(); }

function tell(notes) {
  const fresh = notes.filter((note) => !kept.told.has(note.id));
  fresh.forEach((note) => kept.told.add(note.id));
  const last = fresh[fresh.length - 1];
  if (!last) return;
  retitle(last.title);
  if (document.hidden && stored(NOTIFY) === "on" && "Notification" in window && Notification.permission === "granted") {
    for (const note of fresh) {
      const shown = new Notification(note.title.replace(/ – [^–]*$/, ""), { body: note.body, tag: note.id });
      shown.onclick = () => { window.focus(); shown.close(); };
    }
  }
}
function retitle(title) {  // until somebody has looked at the page for some seconds; Streamlit may set its own
  kept.plain ??= document.title;
  kept.watch?.disconnect();
  clearTimeout(kept.back);
  document.title = title;
  const again = () => {
    if (document.title !== title) { kept.plain = document.title; document.title = title; }
  };
  kept.watch = new MutationObserver(again);
  kept.watch.observe(document.querySelector("title"), { childList: true });
  const restore = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", restore);
    kept.back = setTimeout(() => {
      kept.watch.disconnect();
      if (document.title === title) document.title = kept.plain;
      kept.plain = undefined;
    }, 8000);
  };
  document.addEventListener("visibilitychange", restore);
  restore();
}
"""
