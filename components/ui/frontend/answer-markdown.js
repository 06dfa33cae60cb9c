// Markdown of a model's answer as elements of our own making. Only text nodes and the few tags below are ever
// created: no HTML is read, nothing is loaded, nothing can run. A picture becomes its words, a link needs a click.

const FENCE = /^\s*(```+|~~~+)\s*(\S*)/
const ITEM = /^(\s*)([-*+•]|\d{1,4}[.)])\s+(.*)$/
const HEADING = /^\s{0,3}(#{1,6})\s+(.*)$/
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/
const TABLE_RULE = /^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$/
// Every repetition has an end, so that no answer, however odd, takes the browser long.
const INLINE = /(`+)([\s\S]{0,1500}?[^`])\1(?!`)|\*\*(?=\S)([\s\S]{0,1500}?\S)\*\*|__(?=\S)([\s\S]{0,1500}?\S)__|~~(?=\S)([\s\S]{0,1500}?\S)~~|\*(?=[^\s*])([\s\S]{0,1500}?[^\s*])\*|(?<![\w])_(?=[^\s_])([\s\S]{0,1500}?[^\s_])_(?![\w])|!\[([^\]]{0,500})\]\([^)]{0,2000}\)|\[([^\]]{1,500})\]\(\s?<?([^\s)>]{0,2000})>?[^)]{0,2000}\)|(https?:\/\/[^\s<>"')\]]{1,2000})|\\([\\`*_{}\[\]()#+\-.!|~>])/g
const DEEPEST = 6

function blocksOf(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n")
  const blocks = []
  let at = 0
  const special = place => FENCE.test(lines[place]) || HEADING.test(lines[place]) || RULE.test(lines[place]) || ITEM.test(lines[place]) || /^\s{0,3}>/.test(lines[place]) || isTable(lines, place)
  while (at < lines.length) {
    const line = lines[at]
    if (!line.trim()) { at++; continue }
    const fence = line.match(FENCE)
    if (fence) {
      const body = []
      at++
      while (at < lines.length && !lines[at].trim().startsWith(fence[1])) body.push(lines[at++])
      at++
      blocks.push({ kind: "code", text: body.join("\n") })
      continue
    }
    const heading = line.match(HEADING)
    if (heading) { blocks.push({ kind: "heading", level: heading[1].length, text: heading[2].trim().replace(/(?<!#)#{1,20}$/, "").trim() }); at++; continue }
    if (RULE.test(line)) { blocks.push({ kind: "rule" }); at++; continue }
    if (isTable(lines, at)) {
      const rows = [cells(lines[at])]
      at += 2
      while (at < lines.length && lines[at].includes("|") && lines[at].trim()) rows.push(cells(lines[at++]))
      blocks.push({ kind: "table", rows })
      continue
    }
    if (/^\s{0,3}>/.test(line)) {
      const body = []
      while (at < lines.length && /^\s{0,3}>/.test(lines[at])) body.push(lines[at++].replace(/^\s{0,3}>\s?/, ""))
      blocks.push({ kind: "quote", text: body.join("\n") })
      continue
    }
    if (ITEM.test(line)) {
      const items = []
      while (at < lines.length) {
        const item = lines[at].match(ITEM)
        if (item) items.push({ indent: item[1].length, ordered: /\d/.test(item[2]), start: parseInt(item[2]) || 1, text: item[3] })
        else if (/^\s{2,}\S/.test(lines[at])) items[items.length - 1].text += "\n" + lines[at].trim()
        else if (!lines[at].trim() && ITEM.test(lines[at + 1] || "")) { /* a blank line between items */ }
        else break
        at++
      }
      blocks.push({ kind: "list", items })
      continue
    }
    const body = []
    do body.push(lines[at++]); while (at < lines.length && lines[at].trim() && !special(at))
    blocks.push({ kind: "text", text: body.join("\n") })
  }
  return blocks
}

function isTable(lines, at) {
  return lines[at].includes("|") && (lines[at + 1] || "").includes("-") && TABLE_RULE.test(lines[at + 1].trim())
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map(cell => cell.trim().replace(/\\\|/g, "|"))
}

function inline(node, text, depth = 0) {
  let from = 0
  if (depth > DEEPEST) return void node.append(text)
  for (const match of text.matchAll(INLINE)) {
    const [whole, , code, bold, bold2, struck, slanted, slanted2, picture, label, target, address, escaped] = match
    node.append(text.slice(from, match.index))
    from = match.index + whole.length
    if (code !== undefined) node.append(made("code", code.trim()))
    else if (bold ?? bold2) inline(node.appendChild(made("strong")), bold ?? bold2, depth + 1)
    else if (struck) inline(node.appendChild(made("del")), struck, depth + 1)
    else if (slanted ?? slanted2) inline(node.appendChild(made("em")), slanted ?? slanted2, depth + 1)
    else if (picture !== undefined) node.append(made("span", picture ? `[picture: ${picture}]` : "[picture]", "muted"))
    else if (label !== undefined) node.append(link(label, target))
    else if (address) node.append(link(address, address))
    else node.append(escaped)
  }
  node.append(text.slice(from))
}

function link(label, target) {
  if (!/^https?:\/\//i.test(target)) return document.createTextNode(label)
  const anchor = made("a", label)
  anchor.href = target
  anchor.target = "_blank"
  anchor.rel = "noopener noreferrer nofollow"
  anchor.title = target
  return anchor
}

function list(items) {
  const root = made(items[0].ordered ? "ol" : "ul")
  if (items[0].ordered) root.start = items[0].start
  for (let at = 0; at < items.length;) {
    const item = root.appendChild(made("li"))
    inline(item, items[at].text)
    const inner = []
    const indent = items[at++].indent
    while (at < items.length && items[at].indent > indent + 1) inner.push(items[at++])
    if (inner.length) item.append(list(inner))
  }
  return root
}

function table(rows) {
  const holder = made("div", undefined, "wide")
  const root = holder.appendChild(made("table"))
  rows.forEach((row, place) => {
    const line = root.appendChild(made("tr"))
    for (const cell of row) inline(line.appendChild(made(place ? "td" : "th")), cell)
  })
  return holder
}

function blockElement(block) {
  const { kind, text } = block
  if (kind === "rule") return made("hr")
  if (kind === "list") return list(block.items)
  if (kind === "table") return table(block.rows)
  if (kind === "code") {
    const holder = made("pre")
    holder.append(made("code", text))
    return holder
  }
  const node = made(kind === "heading" ? `h${Math.min(6, block.level + 2)}` : kind === "quote" ? "blockquote" : "p")
  inline(node, text)
  return node
}

function made(tag, text, className) {
  const node = document.createElement(tag)
  if (text !== undefined) node.textContent = text
  if (className) node.className = className
  return node
}

// Draws the text into a node; blocks that did not change since the last time stay, and with them a selection.
function drawMarkdown(node, text) {
  const keys = node.keys || []
  // A structured answer is shown as what it is.
  const blocks = /^\s*[{[]\s*["{[\]}]/.test(text) ? [{ kind: "code", text: indented(text) }] : blocksOf(text)
  const wanted = blocks.map(block => JSON.stringify(block))
  let same = 0
  while (same < keys.length && same < wanted.length && keys[same] === wanted[same]) same++
  while (node.childNodes.length > same) node.lastChild.remove()
  for (const block of blocks.slice(same)) node.append(blockElement(block))
  node.keys = wanted
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
