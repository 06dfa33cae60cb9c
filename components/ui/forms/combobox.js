// A text field with a list of options below it that lists matches first. A `free` field accepts any other text.
// Every change is reported; text that was typed but not chosen is reported as `open`.
//
// `count` is the number of the last report that Python has read. Older data is not shown.

const boxes = new WeakMap()

function matches(options, text) {
  const query = text.trim().toLowerCase()
  const words = query.split(/\s+/).filter(Boolean)
  const rank = ({ id, note }) => {
    const name = id.toLowerCase()
    if (name === query) return 0
    if (name.startsWith(query)) return 1
    if (name.includes(query)) return 2
    return words.every(word => `${name} ${note.toLowerCase()}`.includes(word)) ? 3 : 4
  }
  const ranked = options.map((option, place) => ({ option, place, rank: rank(option) })).filter(one => one.rank < 4)
  return ranked.sort((a, b) => a.rank - b.rank || a.place - b.place).map(one => one.option)
}

class Combobox {
  constructor(root) {
    this.input = root.querySelector("input")
    this.list = root.querySelector("ul")
    this.note = root.querySelector(".note")
    this.items = []
    this.active = -1
    this.count = 0
    this.typing = false
    this.input.onclick = () => this.open()
    this.input.onfocus = () => this.input.select()
    this.input.oninput = () => {
      this.typing = true
      this.open()
    }
    this.input.onblur = () => this.leave()
    this.input.onkeydown = event => this.key(event)
    const opener = root.querySelector(".opener")
    opener.onmousedown = event => event.preventDefault() // the field keeps the focus
    opener.onclick = () => {
      this.input.focus()
      this.list.hidden ? this.open() : this.close()
    }
    this.list.onmousedown = event => event.preventDefault()
    this.list.onclick = event => {
      const place = [...this.list.children].indexOf(event.target.closest("li"))
      if (place >= 0) this.choose(this.items[place].id)
    }
  }

  update(data, report) {
    this.data = data
    this.report = report
    this.input.setAttribute("aria-label", data.label)
    this.list.setAttribute("aria-label", `Choices for ${data.label}`)
    if (data.count < this.count) return
    this.count = data.count
    if (!this.typing) this.show(data.value)
    if (!this.list.hidden) this.open()
  }

  show(text) {
    if (this.input.value !== text) this.input.value = text
    this.shown = text
    const found = this.data.options.find(option => option.id === text)
    setText(this.note, found ? found.note : "")
  }

  open() {
    const { options, free } = this.data
    const text = this.input.value.trim()
    this.items = this.typing && text ? matches(options, text) : options
    const exact = options.some(option => option.id.toLowerCase() === text.toLowerCase())
    if (this.typing && text && free && !exact) this.items = [...this.items, { id: text, free: true }]
    const chosen = this.items.findIndex(option => option.id === this.shown)
    this.list.replaceChildren(...this.items.map((option, place) => this.item(option, place)))
    this.list.hidden = !this.items.length
    this.input.setAttribute("aria-expanded", String(!this.list.hidden))
    this.point(this.typing ? 0 : Math.max(chosen, 0))
  }

  item(option, place) {
    const item = element("li", option.free ? "free" : "", option.free ? `Use “${option.id}”` : option.id)
    item.id = `option-${place}`
    item.role = "option"
    item.setAttribute("aria-selected", String(option.id === this.shown))
    if (option.note) item.append(element("span", "", option.note))
    return item
  }

  point(place) {
    const items = [...this.list.children]
    this.active = items.length ? (place + items.length) % items.length : -1
    items.forEach((item, number) => item.classList.toggle("active", number === this.active))
    items[this.active]?.scrollIntoView({ block: "nearest" })
    if (items.length) this.input.setAttribute("aria-activedescendant", `option-${this.active}`)
    else this.input.removeAttribute("aria-activedescendant")
  }

  close() {
    this.list.hidden = true
    this.input.setAttribute("aria-expanded", "false")
    this.input.removeAttribute("aria-activedescendant")
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (down) {
      event.preventDefault()
      this.list.hidden ? this.open() : this.point(this.active + down)
    } else if (event.key === "Enter") {
      event.preventDefault()
      if (!this.list.hidden && this.active >= 0) this.choose(this.items[this.active].id)
      else this.leave()
    } else if (event.key === "Escape" && (this.typing || !this.list.hidden)) {
      event.stopPropagation()
      this.typing = false
      this.show(this.shown)
      this.close()
    }
  }

  choose(id) {
    this.typing = false
    this.close()
    this.tell(id, false)
    this.input.select()
  }

  // What was typed counts as it stands there; nothing is turned back in silence.
  leave() {
    this.close()
    if (!this.typing) return
    this.typing = false
    const text = this.input.value.trim()
    const { options, free } = this.data
    const exact = options.find(option => option.id.toLowerCase() === text.toLowerCase())
    if (!text) this.show(this.shown)
    else if (exact) this.tell(exact.id, false)
    else this.tell(text, !(free && !matches(options, text).length))
  }

  tell(value, open) {
    const isNews = value !== this.shown || open
    this.show(value)
    if (!isNews && !this.data.open) return
    this.count += 1
    this.report({ value, open, count: this.count })
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".combobox")
  if (!boxes.has(root)) boxes.set(root, new Combobox(root))
  setText(root.querySelector("label"), data.label)
  setText(root.querySelector(".help p"), data.help)
  root.querySelector(".help button").setAttribute("aria-label", `Help for ${data.label}`)
  boxes.get(root).update(data, typed => setStateValue("typed", typed))
}
