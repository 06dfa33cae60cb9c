// A grid of runs by their pictures. A click, or Enter on a tile, opens the run; the arrow keys move between tiles.

const shown = new WeakMap()

function tileOf(item, open) {
  const tile = document.createElement("button")
  tile.type = "button"
  tile.className = "tile"
  tile.title = item.prompt
  tile.setAttribute("aria-label", `${item.operation}: ${item.prompt || item.model}, ${item.state}`)
  const box = tile.appendChild(document.createElement("span"))
  box.className = "box"
  if (item.thumb) {
    const img = box.appendChild(document.createElement("img"))
    img.src = item.thumb
    img.alt = ""
    img.loading = "lazy"
    img.decoding = "async"
  } else {
    box.append(Object.assign(document.createElement("span"), { className: "words", textContent: item.text || item.state }))
  }
  if (item.more) box.append(Object.assign(document.createElement("span"), { className: "badge", textContent: item.more }))
  tile.append(Object.assign(document.createElement("span"), { className: "prompt", textContent: item.prompt || item.model }))
  tile.append(Object.assign(document.createElement("span"), { className: "facts", textContent: item.facts }))
  tile.onclick = () => open({ run: item.id, operation: item.operation })
  return tile
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery")
  const open = value => setTriggerValue("open", value)
  const before = shown.get(root) || []
  const key = item => JSON.stringify(item)
  // What stays in front is not drawn again, so that showing more never blinks.
  let same = 0
  while (same < before.length && same < data.items.length && key(before[same]) === key(data.items[same])) same++
  while (root.children.length > same) root.lastChild.remove()
  for (const item of data.items.slice(same)) root.append(tileOf(item, open))
  for (const [place, tile] of [...root.children].entries()) {
    tile.onclick = () => open({ run: data.items[place].id, operation: data.items[place].operation })
  }
  shown.set(root, data.items)
  root.onkeydown = event => {
    const tiles = [...root.children]
    const place = tiles.indexOf(root.getRootNode().activeElement)
    if (place < 0) return
    const columns = tiles.filter(tile => tile.offsetTop === tiles[0].offsetTop).length
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    if (!step || !tiles[place + step]) return
    event.preventDefault()
    tiles[place + step].focus()
  }
}
