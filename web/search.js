// The search page. Everything a document says goes into the page as text, never as markup.
const $ = (id) => document.getElementById(id);
const perPage = 10;
let state = { query: "", filters: [], k: perPage };
let running = null; // aborts what an earlier query is still waiting for

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function marked(parts) {
  return parts.map((part) => (part.match ? element("mark", { textContent: part.text }) : document.createTextNode(part.text)));
}

// Only addresses that a browser opens as pages: "javascript:" and its like are shown, not linked.
function safeAddress(url) {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.href : null;
  } catch {
    return null;
  }
}

async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  const key = sessionStorage.getItem("key");
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  let message = `the server answered ${response.status}`;
  try {
    message = (await response.json()).error.message;
  } catch { /* no JSON: the status has to do */ }
  if (response.status === 401) $("key-form").hidden = false;
  throw new Error(message);
}

function say(text, problem = false) {
  $("status").textContent = text;
  $("status").classList.toggle("problem", problem);
}

// --- results

function reportClick(searchId, page) {
  if (!searchId) return;
  call("/click", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ search_id: searchId, page }) }).catch(() => {});
}

async function showText(hit, item, button) {
  const open = item.querySelector(".page-text");
  if (open) {
    open.remove();
    button.setAttribute("aria-expanded", "false");
    return;
  }
  const page = await (await call(`/documents/${encodeURIComponent(hit.id)}`)).json();
  // Sentences are byte ranges of UTF-8.
  const bytes = new TextEncoder().encode(page.text);
  const text = (begin, end) => new TextDecoder().decode(bytes.slice(begin, end));
  const shown = element("div", { className: "page-text", tabIndex: 0 });
  const { ordinal, begin, end } = hit.sentence;
  if (ordinal >= 0) shown.append(text(0, begin), element("mark", { textContent: text(begin, end) }), text(end));
  else shown.append(page.text);
  item.append(shown);
  button.setAttribute("aria-expanded", "true");
  shown.querySelector("mark")?.scrollIntoView({ block: "nearest" });
}

// Opens the page, or shows its text in the item where it has no address.
function pageLink(hit, title, searchId, item) {
  const address = safeAddress(hit.url);
  let link;
  if (address) {
    link = element("a", { href: address, rel: "noreferrer" }, ...title);
    link.addEventListener("click", () => reportClick(searchId, hit.id));
  } else {
    link = element("button", { type: "button", className: "linklike" }, ...title);
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", () => {
      reportClick(searchId, hit.id);
      showText(hit, item, link).catch((error) => say(error.message, true));
    });
  }
  return link;
}

function resultItem(hit, searchId) {
  const item = element("li", { className: hit.good ? "" : "unlikely" });
  const link = pageLink(hit, hit.title ? marked(hit.title_parts) : [hit.id], searchId, item);
  link.classList.add("open");
  item.append(element("h3", {}, link));
  item.append(element("div", { className: "address", textContent: hit.url || hit.id }));
  item.append(element("p", { className: "snippet" }, ...marked(hit.snippet_parts)));
  const facts = element("div", { className: "facts" });
  if (!hit.good) facts.append(element("span", { textContent: "Unlikely" }));
  for (const [key, values] of Object.entries(hit.metadata)) for (const value of [values].flat().slice(0, 3)) facts.append(filterChip(key, value));
  if (hit.duplicates.length) facts.append(element("span", { textContent: `${hit.duplicates.length} more with the same text` }));
  if (facts.childNodes.length) item.append(facts);
  return item;
}

function filterChip(key, value) {
  const text = `${key}=${value}`;
  const chip = element("button", { type: "button", className: "chip", textContent: `${key}: ${value.length > 40 ? value.slice(0, 39) + "…" : value}` });
  const active = state.filters.includes(text);
  chip.setAttribute("aria-pressed", String(active));
  chip.title = active ? "Remove this filter" : "Only pages like this";
  chip.addEventListener("click", () => go({ ...state, k: perPage, filters: active ? state.filters.filter((f) => f !== text) : [...state.filters, text] }));
  return chip;
}

function showResults(found) {
  $("list").replaceChildren(...found.results.map((hit) => resultItem(hit, found.search_id)));
  const n = found.results.length;
  if (n === 0) say("Nothing was found. Other words may help.");
  else if (!found.answered) say("Nothing matches well; these come nearest.");
  else {
    const good = found.results.filter((hit) => hit.good).length;
    say((good === 1 ? "One result" : `${good} results`) + (good < n ? `, and ${n - good} unlikely` : ""));
  }
  $("more").hidden = n < state.k || state.k >= 100;
  $("filters").hidden = state.filters.length === 0;
  $("filters").replaceChildren(
    ...state.filters.map((filter) => filterChip(filter.slice(0, filter.indexOf("=")), filter.slice(filter.indexOf("=") + 1))));
  const also = found.people_also_ask ?? [];
  $("also").hidden = also.length === 0;
  $("also-list").replaceChildren(...also.map((entry) => suggestionItem(entry, found.search_id)));
}

// --- questions that people also ask: each opens to its answer, the sentence that it stands in, and the page

// The sentence with its first mention of the answer marked.
function withAnswer(sentence, answer) {
  const at = sentence.indexOf(answer);
  if (at < 0) return [sentence];
  return marked([{ text: sentence.slice(0, at) }, { text: answer, match: true }, { text: sentence.slice(at + answer.length) }]);
}

function suggestionItem(entry, searchId) {
  const item = element("li");
  const again = element("button", { type: "button", className: "linklike", textContent: "Search for this question" });
  again.addEventListener("click", () => go({ query: entry.question, filters: [], k: perPage }));
  const source = element("p", { className: "facts" }, pageLink(entry, [entry.title || entry.id], searchId, item), again);
  item.append(element("details", {},
    element("summary", { textContent: entry.question }),
    element("p", { className: "suggested-answer", textContent: entry.answer }),
    element("p", { className: "snippet" }, ...withAnswer(entry.text, entry.answer)),
    source));
  return item;
}

// --- the answer, as it is written

function withCitations(text, known) {
  const out = [];
  let done = 0;
  for (const found of text.matchAll(/\[(\d+)\]/g)) {
    if (!known.has(Number(found[1]))) continue;
    out.push(text.slice(done, found.index));
    out.push(element("a", { className: "cite", href: `#passage-${found[1]}`, textContent: `[${found[1]}]` }));
    done = found.index + found[0].length;
  }
  out.push(text.slice(done));
  return out;
}

async function* serverSentEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    pending += value;
    for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
      const lines = pending.slice(0, end).split("\n");
      pending = pending.slice(end + 2);
      const field = (name) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2)).join("\n");
      yield { event: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

async function showAnswer(query, signal) {
  $("answer").hidden = true;
  const response = await call(`/ask?stream=true&${new URLSearchParams({ q: query })}`, { signal });
  let passages = [];
  let text = "";
  const known = () => new Set(passages.map((passage) => passage.number));
  for await (const { event, data } of serverSentEvents(response)) {
    if (event === "passages") {
      passages = data.passages;
    } else if (event === "text") {
      text += data.text;
      $("answer").hidden = false;
      $("answer-text").replaceChildren(...withCitations(text, known()));
    } else if (event === "done") {
      if (!data.answered) {
        $("answer").hidden = true;
        return;
      }
      $("answer").hidden = false;
      $("answer-text").replaceChildren(...withCitations(data.answer, known()));
      const cited = new Set(data.cited);
      $("answer-passages").replaceChildren(...passages.filter((passage) => cited.has(passage.number)).map((passage) => {
        const address = safeAddress(passage.url);
        const source = address ? element("a", { href: address, rel: "noreferrer", textContent: passage.title || passage.id }) : passage.title || passage.id;
        return element("li", { value: passage.number, id: `passage-${passage.number}`, className: "cited" }, ...marked(passage.text_parts), " — ", source);
      }));
    } else if (event === "error") {
      throw new Error(data.message);
    }
  }
}

async function showFaq(query, signal) {
  $("faq").hidden = true;
  const found = await (await call(`/faq?${new URLSearchParams({ q: query, k: 1 })}`, { signal })).json();
  if (!found.answered) return;
  $("faq-list").replaceChildren(...found.results.flatMap((entry) => [element("dt", { textContent: entry.question }), element("dd", { textContent: entry.answer })]));
  $("faq").hidden = false;
}

// --- moving about

let abilities = {};

async function run() {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  $("query").value = state.query;
  document.title = state.query ? `${state.query} – fathom search` : "fathom search";
  for (const id of ["answer", "faq", "also", "filters", "more"]) $(id).hidden = true;
  if (!state.query.trim()) {
    $("list").replaceChildren();
    say("");
    return;
  }
  say("Searching …");
  const parameters = new URLSearchParams({ q: state.query, k: state.k });
  for (const filter of state.filters) parameters.append("filter", filter);
  const quiet = (error) => { if (error.name !== "AbortError") say(error.message, true); };
  const results = call(`/search?${parameters}`, { signal }).then((response) => response.json()).then((found) => {
    $("key-form").hidden = true;
    showResults(found);
  }).catch(quiet);
  if (state.k === perPage && state.filters.length === 0) {
    showAnswer(state.query, signal).catch(quiet);
    if (abilities.faq) showFaq(state.query, signal).catch(quiet);
  }
  await results;
}

function addressOf(wanted) {
  const parameters = new URLSearchParams();
  if (wanted.query) parameters.set("q", wanted.query);
  for (const filter of wanted.filters) parameters.append("filter", filter);
  return `/?${parameters}`;
}

function go(wanted) {
  state = wanted;
  history.pushState(null, "", addressOf(state));
  run();
}

function fromAddress() {
  const parameters = new URLSearchParams(location.search);
  state = { query: parameters.get("q") ?? "", filters: parameters.getAll("filter"), k: perPage };
  run();
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  go({ query: $("query").value, filters: [], k: perPage });
  $("query").blur();
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", $("key").value);
  $("key").value = "";
  run();
});
$("more").addEventListener("click", async () => {
  const before = $("list").children.length;
  state = { ...state, k: Math.min(100, state.k + perPage) };
  await run();
  $("list").children[before]?.querySelector(".open")?.focus();
});
addEventListener("popstate", fromAddress);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
  if (event.key === "/") {
    event.preventDefault();
    $("query").focus();
    $("query").select();
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const links = [...document.querySelectorAll("#list .open")];
  const at = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + step))]?.focus();
});

try {
  abilities = await (await call("/health")).json();
  $("about").textContent = `${abilities.documents.toLocaleString()} pages${abilities.records_clicks ? " · searches and clicks on this server are recorded" : ""}`;
} catch (error) {
  say(error.message, true);
}
fromAddress();
