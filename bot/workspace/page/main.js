// Puts the page together: the address in the hash, the stream of news, and the keys that work everywhere.
import { get, Stream } from "./api.js";
import { appTabs, ConversationPane } from "./conversation.js";
import { debounce, h } from "./dom.js";
import { drawAbout, Home } from "./home.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { MOD, showKeys, watchKeys } from "./keys.js";
import { watchTheme } from "./look.js";
import { forgetChoices } from "./message.js";
import { Modals } from "./modal.js";
import { openJump, PersonSwitcher, showProfile } from "./people.js";
import { avatar, closePopover, toast } from "./popover.js";
import { Sidebar } from "./sidebar.js";
import { store } from "./state.js";
import { ThreadPane } from "./thread.js";

const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const app = byId("app");

// ---- the address: #/<person>/<channel, home or about>/<thread>

/** @returns {{person: string, place: string, thread: string}} */
function readHash() {
  const [, person = "", place = "", thread = ""] = location.hash
    .slice(1)
    .split("/")
    .map(decodeURIComponent);
  return { person, place, thread };
}

function goTo(person, place, thread = "") {
  location.hash = `#/${[person, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

const openPlace = (id) => goTo(store.me, id);
const openThread = (message) => goTo(store.me, message.channel, message.thread_ts ?? message.ts);
const switchTo = (person) => goTo(person, readHash().place);

// ---- the parts

const sidebar = new Sidebar(byId("sidebar-list"));
const modals = new Modals();
const home = new Home(byId("home"));
const thread = new ThreadPane(byId("thread"), () => {
  goTo(store.me, store.open);
  pane.composer.focus();
});
const pane = new ConversationPane(
  {
    head: byId("place-head"),
    messages: byId("messages"),
    composer: byId("composer"),
    footNote: byId("foot-note"),
  },
  { openThread, switchTo },
);
const inspector = new Inspector(byId("inspector"), () => showInspector(false));
const switcher = new PersonSwitcher(byId("person-switcher"), switchTo);

/** @type {Stream|null} */ let stream = null;

// ---- becoming somebody

/** @returns {Promise<boolean>} */
async function become(person) {
  try {
    store.take(await get("snapshot", { as: person }));
  } catch (failure) {
    if (person) return become("");
    byId("banner").hidden = false;
    byId("banner").textContent = failure.message;
    return false;
  }
  stream?.close();
  closePopover();
  forgetChoices();
  store.home = null;
  store.open = "";
  modals.show([]);
  thread.close();
  stream = new Stream(store.me, hear, onStatus);
  // Listen first, then fetch: nothing that is said in between is missed.
  await stream.ready;
  modals.show((await get("views")).stack);
  return true;
}

/** Where a person starts: the last place if they see it, a channel of theirs, or the app. */
function placeFor(wished) {
  if (wished === "about" || (wished === "home" && store.app?.home)) return wished;
  const all = [...store.conversations.values()];
  const found =
    store.conversations.get(wished) ??
    all.find((one) => one.member && one.kind !== "dm" && !one.archived) ??
    all.find((one) => one.member) ??
    all[0];
  return found?.id ?? (store.app?.home ? "home" : "about");
}

async function follow() {
  const wanted = readHash();
  if ((!stream || wanted.person !== store.me) && !(await become(wanted.person))) return;
  const place = placeFor(wanted.place);
  if (wanted.person !== store.me || wanted.place !== place) {
    const thread = wanted.place === place ? wanted.thread : "";
    history.replaceState(
      null,
      "",
      `#/${[store.me, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`,
    );
  }
  openInPane(place);
  const ts = readHash().thread;
  if (ts && store.conversations.has(place)) thread.open(place, ts);
  else if (thread.isOpen) thread.close();
}

let following = Promise.resolve();

/** One change of address after the other, so that the last one always wins. */
function followNext() {
  following = following.then(follow).catch((failure) => toast(failure.message));
}

function openInPane(place) {
  if (store.open === place) return;
  const before = store.open;
  store.open = place;
  app.classList.remove("show-sidebar");
  const conversation = store.conversations.get(place);
  byId("conversation").hidden = !conversation;
  byId("home").hidden = Boolean(conversation);
  const old = store.conversations.get(before);
  if (old) sidebar.update(old);
  if (conversation) pane.open(conversation);
  else drawAppPlace(place);
  if (conversation) sidebar.update(conversation);
  sidebar.mark();
  drawTitle();
}

function drawAppPlace(place) {
  const name = store.app?.name ?? "App";
  byId("place-head").replaceChildren(
    h(
      "div",
      { class: "place-words" },
      h(
        "h1",
        { id: "place-title" },
        avatar({ name, color: store.app?.color ?? "", isApp: true }, "small"),
        h("bdi", { class: "clip" }, name),
      ),
    ),
    appTabs(place === "home" ? "home" : "about"),
  );
  if (place === "home") home.open();
  else drawAbout(byId("home"));
}

function drawTitle() {
  const conversation = store.conversations.get(store.open);
  const calls = [...store.conversations.values()].filter(
    (one) => one.id !== store.open && one.unread && (one.mention || one.kind === "dm"),
  ).length;
  const place = conversation ? store.titleOf(conversation) : (store.app?.name ?? "");
  document.title = `${calls ? `(${calls}) ` : ""}${place} · ${store.workspace.name}`;
  byId("menu").classList.toggle("calls", calls > 0);
}

// ---- news

/** @param {any} news */
function hear(news) {
  switch (news.type) {
    case "message":
    case "message_changed":
    case "message_deleted":
      thread.hear(news.type, news.message);
      if (news.channel === store.open) pane.hear(news.type, news.message);
      break;
    case "unread":
      hearUnread(news);
      break;
    case "views":
      modals.show(news.stack);
      break;
    case "home":
      store.home = news.view;
      if (store.open === "home") home.show(news.view);
      break;
    case "conversations":
      reloadSoon();
      break;
    case "traffic":
      inspector.add(news.entry);
      break;
    case "toast":
      toast(news.text, "info");
      break;
    case "connected":
      store.connected = news.connected;
      drawStatus();
      break;
    default:
      break;
  }
}

function hearUnread({ channel, unread, mention }) {
  if (channel === store.open && !document.hidden) {
    if (unread) pane.read(channel);
    return;
  }
  store.setUnread(channel, unread, mention);
}

const reloadSoon = debounce(reload, 150);

/** The list of conversations changed: take it over and stay where we are. */
async function reload() {
  const known = store.conversations;
  try {
    store.take(await get("snapshot"));
  } catch (failure) {
    toast(failure.message);
    return;
  }
  // A message may have named a channel before the page knew of it.
  if ([...store.conversations.keys()].some((id) => !known.has(id))) pane.list.redrawAll();
  const conversation = store.conversations.get(store.open);
  if (conversation) pane.update(conversation);
  else if (store.open !== "home" && store.open !== "about") openInPane(placeFor(""));
}

function onStatus(online) {
  const again = online && store.online === false && store.open !== "";
  store.online = online;
  drawStatus();
  if (again) catchUp();
}

/** After a break: everything that may have been missed. */
async function catchUp() {
  await reload();
  try {
    modals.show((await get("views")).stack);
    const conversation = store.conversations.get(store.open);
    if (conversation) await pane.refresh(conversation);
    else if (store.open === "home") await home.open();
    await thread.refresh();
    if (inspector.isOpen) await inspector.catchUp();
  } catch (failure) {
    toast(failure.message);
  }
}

function drawStatus() {
  const banner = byId("banner");
  const words =
    store.online === false
      ? "The workspace does not answer. Trying to reach it again …"
      : store.app && !store.connected
        ? `${store.app.name} is not connected. Commands and buttons are not answered until it is.`
        : !store.app
          ? "No app is installed in this workspace."
          : "";
  banner.textContent = words;
  banner.hidden = !words;
  const status = byId("connection");
  status.className = `connection ${store.online === false ? "offline" : store.connected ? "connected" : "waiting"}`;
  status.textContent =
    store.online === false
      ? "workspace not reached"
      : store.connected
        ? "bot connected"
        : "bot not connected";
}

// ---- inspector, phone

function showInspector(open) {
  byId("inspector").hidden = !open;
  byId("inspector-toggle").setAttribute("aria-pressed", String(open));
  if (open) {
    inspector.catchUp();
    inspector.filter.focus();
  } else byId("inspector-toggle").focus();
}

function toggleSidebar(open) {
  app.classList.toggle("show-sidebar", open);
  byId("menu").setAttribute("aria-expanded", String(app.classList.contains("show-sidebar")));
  if (open) byId("sidebar-list").querySelector("[aria-current]")?.focus();
  else byId("menu").focus();
}

// ---- going somewhere

function jump() {
  closePopover();
  openJump({ onChannel: openPlace, onPerson: switchTo });
}

/** @param {1|-1} by @param {boolean} onlyUnread */
function step(by, onlyUnread) {
  const order = sidebar.order;
  const wanted = (id) => !onlyUnread || (store.conversations.get(id)?.unread ?? 0) > 0;
  let at = order.indexOf(store.open);
  for (let tries = 0; tries < order.length; tries += 1) {
    at = (at + by + order.length) % order.length;
    if (wanted(order[at])) {
      openPlace(order[at]);
      return;
    }
  }
}

function compose() {
  if (!byId("composer").hidden) pane.composer.focus();
}

function closeSidebar() {
  const wasOpen = app.classList.contains("show-sidebar");
  if (wasOpen) toggleSidebar(false);
  return wasOpen;
}

// ---- start

store.on("snapshot", () => {
  byId("workspace-name").textContent = store.workspace.name;
  sidebar.draw();
  switcher.draw();
  drawStatus();
  drawTitle();
});
store.on("unread", (conversation) => {
  sidebar.update(conversation);
  drawTitle();
});

byId("keys").addEventListener("click", showKeys);
byId("jump").addEventListener("click", jump);
byId("inspector-toggle").addEventListener("click", () => showInspector(byId("inspector").hidden));
byId("menu").addEventListener("click", () =>
  toggleSidebar(!app.classList.contains("show-sidebar")),
);
byId("scrim").addEventListener("click", () => toggleSidebar(false));
document.addEventListener("click", (event) => {
  const named = /** @type {Element} */ (event.target).closest("[data-person]");
  if (named) showProfile(/** @type {HTMLElement} */ (named), named.dataset.person ?? "", switchTo);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && store.conversations.has(store.open)) pane.read(store.open);
});
window.addEventListener("hashchange", followNext);

byId("jump").setAttribute("aria-label", `Jump to … ${MOD} K`);
byId("jump").append(
  icon("search"),
  h("span", { class: "jump-words" }, "Jump to …"),
  h("kbd", null, `${MOD} K`),
);
byId("menu").append(icon("menu"));
byId("keys").append(icon("info"));
byId("inspector-toggle").append(icon("traffic"), h("span", { class: "wide-only" }, "Traffic"));
watchTheme(byId("theme"));
watchKeys({ jump, step, compose, closeSidebar });
followNext();
