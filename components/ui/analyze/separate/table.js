// A table of answers: one row per image, filled in as its answer arrives.

const tables = new WeakMap()

function rowElement(row, tell) {
  const box = made("article", undefined, "row")
  box.dataset.state = row.state
  box.setAttribute("aria-label", `Image ${row.place + 1}`)
  const side = box.appendChild(made("div", undefined, "side"))
  const failed = () => made("span", "not shown", "placeholder")
  if (row.src || isInline(row.url)) side.append(addressImage(row.src || row.url, row.image, failed))
  else if (row.url) {
    const place = side.appendChild(made("span", undefined, "placeholder"))
    place.append(showButton([row.url], () => place.replaceWith(addressImage(row.url, row.image, failed)), "link"))
  }
  side.append(made("span", row.image, "name"))
  const main = box.appendChild(made("div", undefined, "main"))
  for (const verdict of row.verdicts) {
    const [kind, word] = verdict.passed === null ? ["open", "Not judged"] : verdict.passed ? ["pass", "Pass"] : ["fail", "Fail"]
    const line = main.appendChild(made("div", undefined, `verdict ${kind}`))
    line.append(made("strong", word))
    const words = line.appendChild(made("span"))
    words.append(made("span", verdict.check, "check"), " ", made("span", verdict.reason, "reason"))
  }
  for (const one of row.data) {
    const list = main.appendChild(made("dl"))
    for (const [name, value] of Object.entries(one)) list.append(made("dt", name), made("dd", value))
  }
  if (row.blocks.length) drawMarkdown(main.appendChild(made("div", undefined, "answer")), row.blocks)
  for (const note of row.notes) main.append(made("p", note, "remark"))
  if (row.error) main.append(made("p", row.error, "remark wrong"))
  if (!row.ended) main.append(made("p", row.waiting || (row.state === "queued" ? "Waiting" : row.has_text ? "Answering" : "Looking"), "remark soft"))
  const foot = main.appendChild(made("div", undefined, "foot"))
  if (row.seconds !== null && row.seconds !== undefined) foot.append(made("span", `${row.seconds.toFixed(1)} s`, "soft"))
  const act = (name, label, title) => {
    const button = foot.appendChild(made("button", label, "link"))
    button.type = "button"
    button.title = title
    button.onclick = () => tell("action", { name, run: row.run })
  }
  if (row.fix) act("fix", "Fix on Edit", "Opens Edit with this image and a prompt made from the failed points")
  if (row.again) act("again", "Try again", "Asks about this image again")
  if (row.ended && row.state === "done") act("open", "Open", "Shows this answer alone, to copy it or ask a follow-up question")
  return box
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".each")
  const shown = tables.get(root) || new Map()
  tables.set(root, shown)
  const wanted = data.rows.map(row => {
    const key = JSON.stringify(row)
    const old = shown.get(row.place)
    if (old?.key === key) return old
    const next = { key, node: rowElement(row, setTriggerValue) }
    if (old) old.node.replaceWith(next.node)
    shown.set(row.place, next)
    return next
  })
  const nodes = wanted.map(one => one.node)
  if (nodes.length !== root.children.length || nodes.some((node, place) => root.children[place] !== node)) root.replaceChildren(...nodes)
}
