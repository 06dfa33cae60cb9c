// The request beside the response, and what it cost: two small tables, side by side where there is room.

function table(rows, head) {
  const made = document.createElement("table")
  if (head) {
    const line = made.createTHead().insertRow()
    for (const text of head) line.appendChild(element("th", "", text)).scope = "col"
  }
  const body = made.createTBody()
  for (const { label, requested, returned, differs } of rows) {
    const line = body.insertRow()
    line.appendChild(element("th", "", label)).scope = "row"
    line.insertCell().append(element("span", head ? "requested" : "", requested))
    if (!head) continue
    const cell = line.insertCell()
    cell.textContent = returned
    cell.className = differs ? "differs" : ""
    if (differs) cell.title = "Differs from the request"
  }
  return made
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".run-facts")
  const key = JSON.stringify(data)
  if (root.dataset.shown === key) return
  root.dataset.shown = key
  root.replaceChildren(table(data.requested, data.head), table(data.facts))
}
