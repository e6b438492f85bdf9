// Who one acts as, who somebody is, and jumping to a channel or a person by name.
import { h, spoken } from "./dom.js";
import { icon } from "./icons.js";
import { bareWords } from "./mrkdwn.js";
import { openPicker, openPickerDialog } from "./picker.js";
import { avatar, openPopover } from "./popover.js";
import { store } from "./state.js";
import { timeOf } from "./time.js";

/** @typedef {import("./state.js").Person} Person */

const nowIn = (tz) => timeOf(Date.now() / 1000, tz);

/** @param {Person} person */
function marks(person) {
  const words = [
    person.role || person.title,
    person.is_guest ? "guest" : "",
    person.foreign ? "other workspace" : "",
  ];
  return [...new Set(words.filter(Boolean))].join(" · ");
}

/** @param {Person} person @returns {import("./picker.js").Item} */
function personItem(person, group) {
  const name = store.nameOf(person.id);
  return {
    id: person.id,
    label: name,
    detail: marks(person),
    group,
    data: person,
    words: `${name} ${person.real_name} ${person.name} ${person.title} ${person.role} ${marks(person)}`,
    aside: h("span", { class: "local-time", title: person.tz }, nowIn(person.tz)),
    face: () => avatar({ name, color: person.color }, "medium"),
  };
}

const byName = (a, b) => store.nameOf(a.id).localeCompare(store.nameOf(b.id));

/** The button that says who acts, and lets somebody else. */
export class PersonSwitcher {
  /** @param {HTMLElement} button @param {(id: string) => void} onSwitch */
  constructor(button, onSwitch) {
    this.button = button;
    button.setAttribute("aria-haspopup", "listbox");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () =>
      openPicker(
        button,
        {
          label: "Act as",
          placeholder: "Search by name or role",
          items: store.cast.sort(byName).map((one) => personItem(one)),
          chosen: new Set([store.me]),
          onPick: (item) => item && onSwitch(item.id),
          empty: "There are no people here.",
        },
        { align: "end" },
      ),
    );
  }

  draw() {
    const person = store.people.get(store.me);
    const name = store.nameOf(store.me);
    this.button.replaceChildren(
      person ? avatar({ name, color: person.color }, "small") : icon("people"),
      h(
        "span",
        { class: "switcher-words" },
        h("span", { class: "switcher-as" }, "Acting as "),
        h("bdi", { class: "clip" }, name),
      ),
      icon("down"),
    );
    this.button.title = person
      ? `${name}, ${marks(person)}, ${person.tz} (${nowIn(person.tz)})`
      : name;
  }
}

/** A small card about somebody. @param {HTMLElement} anchor @param {string} id @param {(id: string) => void} onSwitch */
export function showProfile(anchor, id, onSwitch) {
  const person = store.people.get(id);
  const isApp = id === store.app?.user;
  if (!person && !isApp) return;
  const name = store.nameOf(id);
  const color = isApp ? store.app?.color : person?.color;
  const card = h(
    "div",
    { class: "profile", role: "dialog", "aria-label": `About ${name}` },
    avatar({ name, color: color ?? "", isApp }, "large"),
    h(
      "div",
      { class: "profile-words" },
      h("strong", { dir: "auto" }, name),
      person?.real_name && person.real_name !== name
        ? h("span", { class: "dim", dir: "auto" }, person.real_name)
        : null,
      h(
        "span",
        { dir: "auto" },
        isApp ? store.app?.description : [person?.title, person?.role].filter(Boolean).join(" · "),
      ),
      person && !isApp
        ? h("span", { class: "dim" }, `${nowIn(person.tz)} local time, ${person.tz}`)
        : null,
      person?.is_guest ? h("span", { class: "dim" }, "Guest") : null,
      person?.foreign ? h("span", { class: "dim" }, "From another workspace") : null,
      h("span", { class: "dim" }, id),
    ),
    person && !person.is_bot && id !== store.me
      ? h(
          "button",
          {
            type: "button",
            class: "button",
            onclick: () => {
              popover.close(false);
              onSwitch(id);
            },
          },
          `Act as ${name}`,
        )
      : null,
  );
  const popover = openPopover(anchor, card);
  card.querySelector("button")?.focus();
}

/**
 * Ctrl+K: a conversation or a person by name.
 * @param {{onChannel: (id: string) => void, onPerson: (id: string) => void}} go
 */
export function openJump(go) {
  const app = store.app?.home
    ? [
        {
          id: "home",
          label: `${store.app.name} Home`,
          words: `${store.app.name} home app`,
          face: () => icon("home"),
          group: "Go to",
        },
      ]
    : [];
  const places = [...store.conversations.values()]
    .sort(
      (a, b) =>
        Number(b.unread > 0) - Number(a.unread > 0) ||
        Number(b.member) - Number(a.member) ||
        store.titleOf(a).localeCompare(store.titleOf(b)),
    )
    .map((one) => ({
      id: one.id,
      label: store.titleOf(one),
      words: `${store.titleOf(one)} ${bareWords(one.topic)}`,
      detail: bareWords(one.topic),
      group: "Go to",
      aside: one.unread ? h("span", { class: "badge" }, one.unread, spoken(" unread")) : null,
      face: () => icon(one.kind === "private" ? "lock" : one.kind === "dm" ? "people" : "hash"),
    }));
  const people = store.cast
    .filter((one) => one.id !== store.me)
    .sort(byName)
    .map((one) => personItem(one, "Act as"));
  openPickerDialog({
    label: "Jump to a channel or person",
    placeholder: "Jump to …",
    items: [...app, ...places, ...people],
    onPick: (item) => {
      if (!item) return;
      if (item.group === "Act as") go.onPerson(item.id);
      else go.onChannel(item.id);
    },
  });
}

/** The people in a conversation. @param {HTMLElement} anchor @param {string[]} members @param {(id: string) => void} onPick */
export function showMembers(anchor, members, onPick) {
  const people = members.map((id) => store.people.get(id)).filter((one) => one !== undefined);
  openPicker(
    anchor,
    {
      label: "Members",
      placeholder: "Search members",
      items: people.sort(byName).map((one) => personItem(one)),
      onPick: (item) => item && onPick(item.id),
      empty: "Nobody is here.",
    },
    { align: "end" },
  );
}
