// What the composer offers while one types: commands, people, channels, emoji.
import { fold } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { emojiLeaf } from "./leaves.js";
import { bareWords } from "./mrkdwn.js";
import { avatar } from "./popover.js";
import { store } from "./state.js";

/**
 * @typedef {{insert: string, label: import("./dom.js").Child, detail?: string, hint?: string,
 *   face?: Node}} Suggestion
 * @typedef {{from: number, label: string, offers: Suggestion[]}} Offer `from` is where the word starts
 */

const SUGGESTED = 12;
const NAMES = { "@": "People", "#": "Channels", ":": "Emoji" };

/**
 * @param {string} before what stands before the caret
 * @param {boolean} inThread commands do not work there
 * @returns {Offer}
 */
export function suggest(before, inThread) {
  const command = /^\/(\S*)$/.exec(before);
  if (command && !inThread)
    return { from: 0, label: "Commands", offers: commandOffers(command[1]) };
  const word = /(?:^|[\s(])([@#:])([\p{L}\p{N}_.'+-]*)$/u.exec(before);
  if (!word) return { from: 0, label: "Suggestions", offers: [] };
  const from = before.length - word[2].length - 1;
  return { from, label: NAMES[word[1]], offers: OFFERS[word[1]](word[2]) };
}

/** @param {string} typed @returns {Suggestion[]} */
function commandOffers(typed) {
  const wanted = fold(typed);
  const rank = (one) => (fold(one.command.slice(1)).startsWith(wanted) ? 0 : 1);
  return store.commands
    .filter((one) => fold(`${one.command} ${one.description}`).includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || a.command.localeCompare(b.command))
    .map((one) => ({
      insert: one.command,
      label: one.command,
      hint: one.usage_hint,
      detail: one.description,
    }));
}

/** @type {Record<string, (typed: string) => Suggestion[]>} */
const OFFERS = {
  "@": (typed) => peopleOffers(fold(typed)),
  "#": (typed) =>
    [...store.conversations.values()]
      .filter((one) => one.kind !== "dm" && !one.archived && fold(one.name).includes(fold(typed)))
      .slice(0, SUGGESTED)
      .map((one) => ({
        insert: `#${one.name}`,
        label: `#${one.name}`,
        detail: bareWords(one.topic),
      })),
  ":": (typed) =>
    typed.length < 2
      ? []
      : findEmoji(typed, SUGGESTED).map(([name]) => ({
          insert: `:${name}:`,
          label: `:${name}:`,
          face: emojiLeaf(name),
        })),
};

function peopleOffers(typed) {
  const words = (person) => fold(`${store.nameOf(person.id)} ${person.real_name} ${person.name}`);
  const starts = (person) =>
    words(person)
      .split(" ")
      .some((word) => word.startsWith(typed));
  return [...store.people.values()]
    .filter(starts)
    .slice(0, SUGGESTED)
    .map((person) => ({
      insert: `@${person.name}`,
      label: store.nameOf(person.id),
      hint: `@${person.name}`,
      detail: person.title || person.role,
      face: avatar(
        { name: store.nameOf(person.id), color: person.color, isApp: person.is_bot },
        "small",
      ),
    }));
}
