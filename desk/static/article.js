// Draws the article that the server made of the present labels.

import { element } from "./elements.js";

export function drawArticle(place, article) {
  const parts = [];
  const add = (name, text, className) => text && parts.push(element(name, { text, className }));
  add("h2", article.headline);
  add("p", [article.byline, article.published].filter(Boolean).join(" · "), "by");
  add("p", article.standfirst, "standfirst");
  for (const paragraph of article.paragraphs) add("p", paragraph);
  if (!article.headline && !article.paragraphs.length) add("p", "No line is headline or body: no article.", "none");
  if (article.teasers.length) {
    add("h3", "Other stories");
    const list = document.createElement("ul");
    for (const { title, blurb } of article.teasers) {
      const item = element("li", { text: title });
      if (blurb) item.append(element("small", { text: blurb }));
      list.append(item);
    }
    parts.push(list);
  }
  place.replaceChildren(...parts);
}
