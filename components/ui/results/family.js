// Relatives of an image: each with its image and what changed, words and values marked. A click opens it.

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".relations")
  const key = JSON.stringify(data.relations)
  if (root.dataset.key === key) return
  root.dataset.key = key
  root.replaceChildren(...data.relations.map(one => {
    const row = element("div", "relation")
    const open = row.appendChild(element("button", "cover"))
    open.type = "button"
    open.title = one.open
    open.setAttribute("aria-label", `${one.open}: ${one.prompt}`)
    open.onclick = () => setTriggerValue("open", one.id)
    if (one.thumb) {
      const img = open.appendChild(document.createElement("img"))
      img.src = one.thumb
      img.alt = ""
      img.loading = "lazy"
    } else {
      open.append(element("span", "", one.state))
    }
    const text = row.appendChild(element("div", "text"))
    text.append(element("div", "facts", one.facts))
    const words = text.appendChild(element("div", "words"))
    for (const piece of one.words) {
      const tag = { removed: "del", added: "ins" }[piece.kind] || "span"
      words.append(Object.assign(document.createElement(tag), { textContent: piece.text }))
    }
    for (const change of one.values) {
      const line = text.appendChild(element("div", "value", `${change.label}: `))
      line.append(element("del", "", change.before), " → ", element("ins", "", change.after))
    }
    if (one.answer) text.append(element("div", "answer", one.answer))
    if (one.same) text.append(element("div", "facts", one.same))
    return row
  }))
}
