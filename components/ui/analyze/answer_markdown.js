// Shows a model's answer from the tree that the server made of its Markdown (ui/base/formatting/answer_markdown.py). Only text nodes and
// the elements below are created: no HTML is read, nothing is loaded, nothing can run. A link needs a click.

const TAGS = new Set(("p div span pre code strong em del a ul ol li blockquote hr h3 h4 h5 h6 table thead tbody tr th td").split(" "))
const CLASSES = new Set(["muted", "wide", "plain-text"])

function answerNode(node) {
  if (typeof node === "string") return document.createTextNode(node)
  const [tag, attributes, ...children] = node
  const element = made(TAGS.has(tag) ? tag : "span")
  if (CLASSES.has(attributes.class)) element.className = attributes.class
  if (tag === "ol") element.start = attributes.start
  if (tag === "a" && /^https?:\/\//i.test(attributes.href)) {
    element.href = element.title = attributes.href
    element.target = "_blank"
    element.rel = "noopener noreferrer nofollow"
  }
  element.append(...children.map(answerNode))
  if (tag !== "table") return element
  const holder = made("div", undefined, "wide")
  holder.append(element)
  return holder
}

function made(tag, text, className) {
  const node = document.createElement(tag)
  if (text !== undefined) node.textContent = text
  if (className) node.className = className
  return node
}

// Draw an answer's blocks into a node. Unchanged blocks stay, and with them a text selection.
function drawMarkdown(node, blocks) {
  const shown = node.shown || []
  const wanted = blocks.map(block => JSON.stringify(block))
  let same = 0
  while (same < shown.length && same < wanted.length && shown[same] === wanted[same]) same++
  while (node.childNodes.length > same) node.lastChild.remove()
  node.append(...blocks.slice(same).map(answerNode))
  node.shown = wanted
}
