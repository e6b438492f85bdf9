// Pictures, shown only when they come from this machine; otherwise their words are.
import { h } from "./dom.js";
import { isLocalPicture } from "./leaves.js";

/** A picture from this machine, or its words where it would come from outside. */
export function picture(image, shape) {
  const url = image.slack_file
    ? image.slack_file.id
      ? `/page/file/${encodeURIComponent(image.slack_file.id)}`
      : image.slack_file.url
    : (image.image_url ?? "");
  const alt = image.alt_text ?? "";
  if (!isLocalPicture(url)) return pictureInWords(url, alt, shape);
  const node = h("img", { src: url, alt, title: alt, class: `picture ${shape}`, loading: "lazy" });
  node.addEventListener("error", () => node.replaceWith(pictureInWords(url, alt, shape)), {
    once: true,
  });
  return node;
}

function pictureInWords(url, alt, shape) {
  const why = `Picture not shown (${url.slice(0, 200)}): this page loads nothing from outside.`;
  return h(
    "span",
    { class: `picture missing ${shape}`, role: "img", "aria-label": alt || "Picture", title: why },
    shape === "thumb" || shape === "big" ? h("span", { class: "clip" }, alt || "Picture") : "🖼",
  );
}
