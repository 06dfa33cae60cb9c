// Two images and a choice between them. The next pairs are loaded while this one is looked at, and a vote shows the next
// one without waiting for the server; PendingActs sends it until it is confirmed.

const CHOICES = [
  { choice: "left", key: "ArrowLeft", shown: "←", label: "Left", stacked: "Upper" },
  { choice: "tie", key: "t", shown: "T", label: "Tie" },
  { choice: "bad", key: "b", shown: "B", label: "Both bad" },
  { choice: "right", key: "ArrowRight", shown: "→", label: "Right", stacked: "Lower" },
]
const CHOICE_OF = Object.fromEntries(CHOICES.map(one => [one.key, one.choice]))
const LOADED = 3 // pairs, this one included

class Ballot {
  constructor(root) {
    this.root = root
    this.pending = new PendingActs(acts => this.keep("votes", acts))
    this.queue = []
    this.voted = new Set()
    this.images = new Map()
    const bar = root.appendChild(element("div", "bar"))
    this.status = bar.appendChild(element("span", "status"))
    this.status.setAttribute("role", "status")
    const link = bar.appendChild(element("button", "plain", "Copy link"))
    link.type = "button"
    link.title = "Copy this page's address, so that colleagues vote too"
    copies(link, () => `${location.origin}${location.pathname}${this.link}`, root)
    this.panes = root.appendChild(element("div", "sides"))
    this.sides = ["Left image", "Right image"].map(name => {
      const side = this.panes.appendChild(element("div", "side"))
      side.setAttribute("aria-label", name)
      side.setAttribute("role", "img")
      return side
    })
    const choices = root.appendChild(element("div", "choices"))
    this.buttons = CHOICES.map(({ choice, shown, label, stacked }) => {
      const button = choices.appendChild(element("button", `choice ${choice}`))
      button.type = "button"
      button.append(element("kbd", "", shown), element("span", stacked ? "beside" : "", label))
      if (stacked) button.append(element("span", "stacked", stacked))
      button.onclick = () => this.vote(choice)
      return button
    })
    this.onKey = event => this.pressed(event)
    window.addEventListener("keydown", this.onKey)
  }

  update({ data, setStateValue }) {
    this.keep = setStateValue
    this.link = data.link
    this.total = data.total
    this.pending.confirm(data.handled)
    this.done = data.done
    // The pair on show and the loaded one after it stay; the server may have better ones for later.
    const kept = this.queue.slice(0, 2)
    const known = new Set([...this.voted, ...kept.map(nameOf)])
    this.queue = [...kept, ...data.pairs.filter(pair => !known.has(nameOf(pair)))]
    this.draw()
  }

  draw() {
    const [pair] = this.queue
    const near = this.queue.slice(0, LOADED).flat()
    const wanted = new Set(near.map(image => image.src))
    for (const src of this.images.keys()) if (!wanted.has(src)) this.images.delete(src)
    for (const { src } of near) this.load(src)
    if (pair) pair.forEach((image, place) => this.sides[place].replaceChildren(this.images.get(image.src)))
    else for (const side of this.sides) side.replaceChildren()
    this.showState()
  }

  load(src) {
    if (this.images.has(src)) return
    const image = element("img")
    Object.assign(image, { alt: "", draggable: false, onload: () => this.showState(), onerror: () => this.skip(src), src })
    this.images.set(src, image)
  }

  // An image that was deleted meanwhile: its pairs are gone.
  skip(src) {
    this.images.delete(src)
    this.queue = this.queue.filter(pair => pair.every(image => image.src !== src))
    this.draw()
  }

  get ready() {
    const [pair] = this.queue
    return Boolean(pair) && pair.every(({ src }) => this.images.get(src)?.naturalWidth > 0)
  }

  showState() {
    const given = this.done + this.pending.acts.length
    const all = this.total <= 60 ? `Pair ${given + 1} of ${this.total}` : `${given} votes`
    setText(this.status, this.queue.length ? all : "Saving your votes…")
    for (const button of this.buttons) button.disabled = !this.ready
  }

  vote(choice) {
    if (!this.ready) return
    const pair = this.queue.shift()
    this.voted.add(nameOf(pair))
    this.pending.add(choice, pair[0].id, pair[1].id)
    this.draw()
  }

  // A held key repeats itself, which would vote on pairs that nobody has looked at.
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return
    if (event.composedPath().some(one => one.matches?.(TAKES_KEYS))) return
    const choice = CHOICE_OF[event.key.length > 1 ? event.key : event.key.toLowerCase()]
    if (!choice) return
    event.preventDefault()
    this.vote(choice)
  }

  remove() {
    window.removeEventListener("keydown", this.onKey)
    this.pending.remove()
  }
}

function nameOf(pair) {
  return pair.map(image => image.id).sort().join(" ")
}

export default mounting(".ballot", Ballot)
