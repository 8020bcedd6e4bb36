// Says that something happened with the ticket that is being read; nothing moves under the reader's eyes.
import { one, follow } from "/static/veche.js";

const news = one("#news");
const variables = { number: news.dataset.number, secret: news.dataset.secret || null };
const seen = Date.parse(news.dataset.seen);
const query = "subscription($number: String!, $secret: String) { ticketUpdated(number: $number, secret: $secret) { updatedAt } }";

const source = follow(query, variables, ({ ticketUpdated }) => {
  if (!ticketUpdated || Date.parse(ticketUpdated.updatedAt) <= seen || news.childElementCount) return;
  const link = Object.assign(document.createElement("a"), { href: location.href, textContent: news.dataset.link });
  link.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  const text = document.createElement("p");
  text.append(`${news.dataset.text} `, link);
  news.className = "note";
  news.append(text);
  source.close();
});
